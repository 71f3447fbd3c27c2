namespace SoundSearch.Engine.Kernels;

/// <summary>A weight matrix [N,K] in the layout that the product kernels want. Made by <see cref="Gemm.Pack(ReadOnlySpan{float}, int, int)"/>.</summary>
public sealed class PackedMatrix
{
    internal PackedMatrix(AlignedBuffer panels, VectorWidth width, int n, int k) => (Panels, Width, N, K) = (panels, width, n, k);

    public int N { get; }

    public int K { get; }

    /// <summary>Panels as <see cref="GemmPacking.PackB"/> writes them.</summary>
    internal AlignedBuffer Panels { get; }

    internal VectorWidth Width { get; }
}
