using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Models;

namespace SoundSearch.Indexer;

/// <summary>Cuts sounds into windows as <see cref="WindowRule"/> says while they are being decoded: memory does not depend on their length.</summary>
/// <param name="rule">Windows.</param>
/// <param name="sampleRate">Hz of all sounds.</param>
internal sealed class WindowReader(WindowRule rule, int sampleRate)
{
    private readonly float[] window = new float[rule.WindowSamples(sampleRate)];
    private readonly float[] next = new float[rule.HopSamples(sampleRate)];
    private MonoReader? source;
    private bool started;
    private bool ended;

    /// <summary>First sample of the window that was read last.</summary>
    public long Start { get; private set; }

    /// <summary>Samples in it: a full window, or the whole sound when that is shorter.</summary>
    public int Length { get; private set; }

    /// <summary>Samples read so far; at the end, those of the sound.</summary>
    public long Samples => Start + Length;

    /// <summary>Goes on with another sound, which stays the caller's.</summary>
    public void Begin(MonoReader sound)
    {
        if (sound.SampleRate != sampleRate)
        {
            throw new ArgumentException($"The sound has {sound.SampleRate} Hz, not {sampleRate}.", nameof(sound));
        }
        (source, started, ended, Start, Length) = (sound, false, false, 0, 0);
    }

    /// <summary>Copies the next window to the front of into, which holds a full one. False at the end.</summary>
    public bool Read(Span<float> into)
    {
        if (ended || source is null)
        {
            return false;
        }
        if (!started)
        {
            started = true;
            Length = source.Read(window);
            ended = Length < window.Length;
        }
        else
        {
            int fresh = source.Read(next);
            ended = fresh < next.Length;
            if (fresh == 0)
            {
                return false;
            }
            // Moving on by what came makes the last window end where the sound does.
            window.AsSpan(fresh).CopyTo(window);
            next.AsSpan(0, fresh).CopyTo(window.AsSpan(window.Length - fresh));
            Start += fresh;
        }
        window.AsSpan(0, Length).CopyTo(into);
        return Length > 0;
    }
}
