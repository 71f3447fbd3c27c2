using System.Numerics;

namespace SoundSearch.Engine.Audio;

/// <summary>Any sound as one channel at a given rate: decoded, averaged over its channels and resampled block by block, in memory that does not depend on its length.</summary>
public sealed class MonoReader : IDisposable
{
    private const int BlockSamples = 1 << 14;

    /// <summary>Beyond this a float sample is damage, not loudness: even 32-bit integers stored unscaled stay below.</summary>
    private const float MaxMagnitude = 4294967296f;

    private readonly IAudioReader reader;
    private readonly Resampler? resampler;
    private readonly float[] block;
    private readonly float[] mono;
    private int monoStart, monoCount;
    private bool ended;

    /// <param name="reader">Owned from now on.</param>
    /// <param name="sampleRate">Hz wanted.</param>
    public MonoReader(IAudioReader reader, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate, 1);
        this.reader = reader;
        SampleRate = sampleRate;
        resampler = reader.SampleRate == sampleRate ? null : new(reader.SampleRate, sampleRate);
        int frames = Math.Max(1, BlockSamples / reader.Channels);
        block = new float[frames * reader.Channels];
        mono = new float[frames];
    }

    /// <summary>Hz of what <see cref="Read"/> gives.</summary>
    public int SampleRate { get; }

    /// <summary>Hz of the file.</summary>
    public int SourceSampleRate => reader.SampleRate;

    /// <summary>Channels of the file.</summary>
    public int SourceChannels => reader.Channels;

    /// <summary>Samples that will come if the file is whole, null when unknown.</summary>
    public long? Length => reader.Frames is { } frames ? Resampler.OutputLength(frames, reader.SampleRate, SampleRate) : null;

    /// <inheritdoc cref="AudioFile.Open(string)"/>
    public static MonoReader Open(string path, int sampleRate) => new(AudioFile.Open(path), sampleRate);

    /// <summary>The next samples. NaN, infinite and absurd ones in the file count as 0.</summary>
    /// <returns>Samples written; fewer than asked for only at the end.</returns>
    public int Read(Span<float> samples)
    {
        int written = 0;
        while (written < samples.Length)
        {
            int got = resampler is null ? Take(samples[written..]) : resampler.Read(samples[written..]);
            written += got;
            if (written == samples.Length)
                break;
            if (ended)
            {
                if (got == 0)
                    break;
                continue;
            }
            Fill();
        }
        return written;
    }

    /// <summary>The rest of the sound, or its next maxSeconds.</summary>
    public float[] ReadAll(double maxSeconds = double.PositiveInfinity)
    {
        double limit = Math.Ceiling(maxSeconds * SampleRate);
        if (!(limit >= 0))
            throw new ArgumentOutOfRangeException(nameof(maxSeconds), maxSeconds, "Not a duration.");
        int most = (int)Math.Min(limit, Array.MaxLength);
        // The header's length is a hint, to be believed only as far as a minute.
        float[] samples = new float[(int)Math.Min(Math.Min(most, (Length ?? BlockSamples) + 1), Math.Max(1L, 60L * SampleRate))];
        int count = 0;
        while (true)
        {
            int got = Read(samples.AsSpan(count));
            count += got;
            if (count < samples.Length || count == most)
                break;
            Array.Resize(ref samples, (int)Math.Min(most, Math.Max(2L * samples.Length, 1024)));
        }
        return count == samples.Length ? samples : samples[..count];
    }

    public void Dispose() => reader.Dispose();

    /// <summary>Decodes one more block into mono, or notes the end.</summary>
    private void Fill()
    {
        int frames = reader.Read(block) / reader.Channels;
        if (frames == 0)
        {
            ended = true;
            resampler?.End();
            return;
        }
        Downmix(block.AsSpan(0, frames * reader.Channels), reader.Channels, mono);
        (monoStart, monoCount) = (0, frames);
        resampler?.Write(mono.AsSpan(0, frames));
    }

    private int Take(Span<float> samples)
    {
        int count = Math.Min(samples.Length, monoCount);
        mono.AsSpan(monoStart, count).CopyTo(samples);
        monoStart += count;
        monoCount -= count;
        return count;
    }

    private static void Downmix(ReadOnlySpan<float> interleaved, int channels, Span<float> mono)
    {
        if (channels == 1)
        {
            Clean(interleaved, mono);
            return;
        }
        float share = 1f / channels;
        for (int frame = 0; interleaved.Length > 0; frame++, interleaved = interleaved[channels..])
        {
            float sum = 0;
            for (int channel = 0; channel < channels; channel++)
                sum += Math.Abs(interleaved[channel]) <= MaxMagnitude ? interleaved[channel] : 0; // false for NaN
            mono[frame] = sum * share;
        }
    }

    private static void Clean(ReadOnlySpan<float> samples, Span<float> clean)
    {
        var most = new Vector<float>(MaxMagnitude);
        int i = 0;
        for (; i <= samples.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var x = new Vector<float>(samples[i..]);
            Vector.ConditionalSelect(Vector.LessThanOrEqual(Vector.Abs(x), most), x, default).CopyTo(clean[i..]);
        }
        for (; i < samples.Length; i++)
            clean[i] = Math.Abs(samples[i]) <= MaxMagnitude ? samples[i] : 0;
    }
}
