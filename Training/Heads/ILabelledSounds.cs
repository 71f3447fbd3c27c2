namespace SoundSearch.Training.Heads;

/// <summary>Sounds with labels, as a tower reads them. Safe for concurrent callers.</summary>
public interface ILabelledSounds
{
    int Count { get; }

    IReadOnlyList<string> Classes { get; }

    /// <summary>[classes]: 1 for each label that the sound carries, else 0.</summary>
    ReadOnlySpan<float> Target(int item);

    /// <summary>The data set's own fold of a sound; empty if it has none.</summary>
    string Fold(int item);

    /// <summary>The recording that a sound was cut from: sounds of one recording belong into one fold.</summary>
    string Recording(int item);

    /// <summary>How many windows a sound is tested by.</summary>
    int Windows(int item);

    /// <summary>Writes one of them, [frames, bins].</summary>
    void Window(int item, int window, Span<float> input);

    /// <summary>Writes a window to learn from, [frames, bins]. The same item and draw give the same window.</summary>
    void Draw(int item, ulong draw, Span<float> input);
}
