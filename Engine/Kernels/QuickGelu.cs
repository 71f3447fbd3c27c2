namespace SoundSearch.Engine.Kernels;

/// <summary>CLIP's activation x sigmoid(1.702 x); twins in <see cref="Scalar"/>.</summary>
public static class QuickGelu
{
    /// <summary>y may be x.</summary>
    public static void Forward(ReadOnlySpan<float> x, Span<float> y) => Scalar.QuickGeluForward(x, y);

    /// <summary>Overwrites dx, which may be dy; x is the forward pass's input.</summary>
    public static void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Span<float> dx) => Scalar.QuickGeluBackward(dy, x, dx);
}
