namespace SoundSearch.Engine.Kernels;

/// <summary>
/// A weight matrix [N,K] in the layout that the product kernels want. Made by
/// <see cref="Gemm.Pack(ReadOnlySpan{float}, int, int, GemmProvider, Precision)"/>; may be used by several threads at once.
/// </summary>
public sealed class PackedMatrix
{
    internal PackedMatrix(AlignedBuffer panels, Precision precision, VectorWidth width, int n, int k) => (Panels, Precision, Width, N, K) = (panels, precision, width, n, k);

    internal PackedMatrix(Int8Weights bytes, VectorWidth width, bool vnni, int n, int k) =>
        (Bytes, Width, Vnni, Precision, N, K) = (bytes, width, vnni, Precision.Int8, n, k);

    internal PackedMatrix(OneDnnWeights weights, Precision precision, int n, int k) =>
        (Weights, Provider, Precision, N, K) = (weights, GemmProvider.OneDnn, precision, n, k);

    public int N { get; }

    public int K { get; }

    public GemmProvider Provider { get; }

    public Precision Precision { get; }

    /// <summary>Managed: panels as <see cref="GemmPacking.PackB"/> writes them, their values rounded if the precision says so.</summary>
    internal AlignedBuffer? Panels { get; }

    /// <summary>Managed, <see cref="Precision.Int8"/>.</summary>
    internal Int8Weights? Bytes { get; }

    internal VectorWidth Width { get; }

    /// <summary>8-bit products by AVX-VNNI, whatever the width.</summary>
    internal bool Vnni { get; }

    internal OneDnnWeights? Weights { get; }
}
