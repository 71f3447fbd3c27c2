namespace SoundSearch.Training.Heads;

/// <summary>What a classifier's linear layer reads.</summary>
public enum HeadInput
{
    /// <summary>The tower's pooled features before the projection, [tower's width].</summary>
    Pooled,

    /// <summary>The embedding after the projection, as it is (not of unit length), [embedding].</summary>
    Embedding,
}
