namespace SoundSearch.Engine.Kernels;

/// <summary>
/// A weight matrix [N,K] in the layout that the product kernels want. Made by
/// <see cref="Gemm.Pack(ReadOnlySpan{float}, int, int, GemmProvider, Precision)"/>; may be used by several threads at once.
/// </summary>
public sealed class PackedMatrix
{
    internal PackedMatrix(AlignedBuffer panels, VectorWidth width, int n, int k) => (Panels, Width, N, K) = (panels, width, n, k);

    internal PackedMatrix(OneDnnWeights weights, Precision precision, int n, int k) =>
        (Weights, Provider, Precision, N, K) = (weights, GemmProvider.OneDnn, precision, n, k);

    public int N { get; }

    public int K { get; }

    public GemmProvider Provider { get; }

    public Precision Precision { get; }

    /// <summary>Managed: panels as <see cref="GemmPacking.PackB"/> writes them.</summary>
    internal AlignedBuffer? Panels { get; }

    internal VectorWidth Width { get; }

    internal OneDnnWeights? Weights { get; }
}
