namespace SoundSearch.Engine.Kernels;

/// <summary>A weight matrix [N,K] in the layout that the product kernels want. Made by <see cref="Gemm.Pack"/>.</summary>
public sealed class PackedMatrix
{
    internal PackedMatrix(float[] data, int n, int k) => (Data, N, K) = (data, n, k);

    public int N { get; }

    public int K { get; }

    internal float[] Data { get; }
}
