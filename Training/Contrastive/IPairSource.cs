namespace SoundSearch.Training.Contrastive;

/// <summary>
/// What a contrastive run learns from: inputs of the tower that is trained, and beside each the unit vectors that frozen towers made
/// of its frames and of its captions. Safe for concurrent callers.
/// </summary>
public interface IPairSource
{
    int Count { get; }

    /// <summary>Length of a vector.</summary>
    int Width { get; }

    /// <summary>Writes the item's input as the tower reads it. The same item and draw give the same input; draws differ by augmentation.</summary>
    void Fill(int item, ulong draw, Span<float> input);

    /// <summary>Frames of every item; 0 where there are no pictures.</summary>
    int FrameCount { get; }

    /// <summary>[FrameCount, Width].</summary>
    ReadOnlySpan<float> Frames(int item);

    /// <summary>[captions of the item, Width]; empty where there are none.</summary>
    ReadOnlySpan<float> Captions(int item);
}
