using SoundSearch.Engine.Features;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Heads;

/// <summary>Labelled sounds of a mel store: windows at random to learn from, those of the indexer to be tested by.</summary>
public sealed class MelClips : ILabelledSounds
{
    private readonly MelStore store;
    private readonly int[] sounds;
    private readonly string[] classes;
    private readonly float[] targets; // [sounds, classes]
    private readonly int frames;

    /// <param name="store">Kept, not disposed.</param>
    /// <param name="include">Which of its sounds; those without a label are left out.</param>
    /// <param name="frames">Frames of a window.</param>
    /// <exception cref="ArgumentException">Fewer than two classes are left.</exception>
    public MelClips(MelStore store, Func<MelEntry, bool> include, int frames)
    {
        (this.store, this.frames) = (store, frames);
        sounds = [.. Enumerable.Range(0, store.Entries.Count).Where(i => store.Entries[i].Info.Label.Length > 0 && include(store.Entries[i]))];
        classes = [.. sounds.Select(i => store.Entries[i].Info.Label).Distinct().Order(StringComparer.Ordinal)];
        if (classes.Length < 2)
        {
            throw new ArgumentException($"{store.Path}: {sounds.Length} of {store.Entries.Count} sounds were chosen and carry a label, of {classes.Length} classes; a classifier needs two or more.", nameof(include));
        }
        targets = new float[sounds.Length * classes.Length];
        for (int i = 0; i < sounds.Length; i++)
        {
            targets[i * classes.Length + Array.IndexOf(classes, store.Entries[sounds[i]].Info.Label)] = 1;
        }
    }

    public int Count => sounds.Length;

    public IReadOnlyList<string> Classes => classes;

    public ReadOnlySpan<float> Target(int item) => targets.AsSpan(item * classes.Length, classes.Length);

    public string Fold(int item) => store.Entries[sounds[item]].Info.Fold;

    public string Recording(int item) => store.Entries[sounds[item]].Info.Group;

    public int Windows(int item) => MelWindows.Count(store.Entries[sounds[item]].Frames, frames);

    public void Window(int item, int window, Span<float> input) =>
        store.Features(sounds[item], MelWindows.Start(store.Entries[sounds[item]].Frames, frames, window), input[..(frames * LogMel.MelBins)]);

    /// <summary>From a random frame on.</summary>
    public void Draw(int item, ulong draw, Span<float> input)
    {
        var random = new SampleRandom(draw, (ulong)item);
        int start = random.Below(store.Entries[sounds[item]].Frames - frames + 1);
        store.Features(sounds[item], start, input[..(frames * LogMel.MelBins)]);
    }
}
