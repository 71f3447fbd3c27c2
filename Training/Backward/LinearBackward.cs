using System.Numerics.Tensors;
using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Mirror of <see cref="Linear.Forward"/>; its products have the layer's precision.</summary>
internal static class LinearBackward
{
    /// <summary>Adds to the gradients d.Weight and d.Bias; overwrites dx unless it is empty.</summary>
    /// <param name="w">The layer.</param>
    /// <param name="d">The same layer over a set of gradients.</param>
    /// <param name="dy">[rows, outputs].</param>
    /// <param name="x">[rows, inputs], as in the forward pass.</param>
    /// <param name="dx">[rows, inputs], or empty where nobody asks for it.</param>
    /// <param name="rows">Rows.</param>
    public static void Run(Linear w, Linear d, ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Span<float> dx, int rows)
    {
        int n = w.Outputs, k = w.Inputs;
        (GemmProvider by, Precision to) = (w.Options.Provider, w.Options.Precision);
        if (w.InputMajor)
        {
            Gemm.Multiply(by, to, x, k, true, dy, n, false, d.Weight.Span, n, k, n, rows, beta: 1);   // dW[k,n] += x^T dy
        }
        else
        {
            Gemm.Multiply(by, to, dy, n, true, x, k, false, d.Weight.Span, k, n, k, rows, beta: 1);   // dW[n,k] += dy^T x
        }
        Span<float> dbias = d.Bias.Span;
        for (int r = 0; r < rows && !dbias.IsEmpty; r++)
        {
            TensorPrimitives.Add(dbias, dy.Slice(r * n, n), dbias);
        }
        if (!dx.IsEmpty)
        {
            Gemm.Multiply(by, to, dy, n, false, w.Weight.Span, w.InputMajor ? n : k, w.InputMajor, dx, k, rows, k, n); // dx = dy W
        }
    }
}
