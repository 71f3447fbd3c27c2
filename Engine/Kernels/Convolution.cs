namespace SoundSearch.Engine.Kernels;

/// <summary>A convolution is <see cref="Im2Col"/> followed by a matrix product; channels last throughout.</summary>
public static class Convolution
{
    public static void Im2Col(ReadOnlySpan<float> x, Span<float> columns, int batch, in ConvolutionShape shape) =>
        Scalar.Im2Col(x, columns, batch, shape);

    /// <summary>Adds into dx.</summary>
    public static void Col2Im(ReadOnlySpan<float> dcolumns, Span<float> dx, int batch, in ConvolutionShape shape) =>
        Scalar.Col2Im(dcolumns, dx, batch, shape);
}
