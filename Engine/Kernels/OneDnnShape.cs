namespace SoundSearch.Engine.Kernels;

/// <summary>Everything that a oneDNN primitive is made for; two products with equal shapes share one.</summary>
internal readonly record struct OneDnnShape
{
    public required int M { get; init; }

    public required int N { get; init; }

    public required int K { get; init; }

    public required int Lda { get; init; }

    public required int Ldb { get; init; }

    public required int Ldc { get; init; }

    public bool TransposeA { get; init; }

    public bool TransposeB { get; init; }

    /// <summary>B's layout is left to oneDNN.</summary>
    public bool Packed { get; init; }

    public bool Accumulate { get; init; }

    public bool Bias { get; init; }

    public int Threads { get; init; }

    public Precision Precision { get; init; }
}
