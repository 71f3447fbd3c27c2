namespace SoundSearch.Engine.Kernels;

/// <summary>What the factors of a product are rounded to; operands and results are float32 in memory, and so are sums.</summary>
public enum Precision
{
    Float32,

    /// <summary>Eight significant bits, float32's range.</summary>
    BFloat16,

    /// <summary>Whole numbers with one scale per row of activations and one per row of weights, summed exactly. Packed weights only.</summary>
    Int8,
}
