using SoundSearch.Engine.Kernels;

namespace SoundSearch.Tests.Engine.Kernels;

internal sealed class ConvolutionTests
{
    private static readonly ConvolutionShape[] Shapes =
    [
        new(1, 1, 1, 1, 1, 1, 1, 0, 0),
        new(7, 9, 1, 3, 3, 2, 2, 1, 1),
        new(8, 10, 16, 3, 3, 2, 2, 1, 1),
        new(5, 6, 17, 3, 2, 1, 2, 1, 0),
        new(16, 20, 3, 4, 4, 4, 4, 0, 0),
        new(2, 2, 3, 5, 5, 1, 1, 3, 4), // some patches lie wholly outside
        new(2, 1, 2, 1, 1, 1, 1, 2, 3),
    ];

    [Test]
    public void Equals_its_twin_both_ways(
        [ValueSource(typeof(Widths), nameof(Widths.All))] int lanes, [ValueSource(nameof(Shapes))] ConvolutionShape shape, [Values(0, 1, 3)] int batch)
    {
        int picture = batch * shape.Height * shape.Width * shape.Channels, length = batch * shape.OutHeight * shape.OutWidth * shape.Patch;
        float[] x = Values.Random(picture), expected = new float[length], actual = [.. expected.Select(_ => float.NaN)];
        Scalar.Im2Col(x, expected, batch, shape);
        Convolution.Im2Col((VectorWidth)lanes, x, actual, batch, shape);
        Assert.That(actual, Is.EqualTo(expected));

        float[] dx = Values.Random(picture, 1, 2), expectedDx = (float[])dx.Clone(), dcolumns = Values.Random(length, 1, 3);
        Scalar.Col2Im(dcolumns, expectedDx, batch, shape);
        Convolution.Col2Im((VectorWidth)lanes, dcolumns, dx, batch, shape);
        Assert.That(Goldens.MaxDifference(dx, expectedDx), Is.LessThan(1e-5));
    }

    [Test]
    public void Col2Im_is_the_adjoint_of_Im2Col([ValueSource(nameof(Shapes))] ConvolutionShape shape)
    {
        float[] x = Values.Random(shape.Height * shape.Width * shape.Channels), columns = new float[shape.OutHeight * shape.OutWidth * shape.Patch];
        float[] d = Values.Random(columns.Length, 1, 2), dx = new float[x.Length];
        Convolution.Im2Col(x, columns, 1, shape);
        Convolution.Col2Im(d, dx, 1, shape);
        Assert.That(Differences.Dot(columns, d), Is.EqualTo(Differences.Dot(x, dx)).Within(1e-4));
    }

    [Test]
    public void Short_spans_are_refused_and_nothing_is_allocated()
    {
        ConvolutionShape shape = Shapes[2];
        float[] x = new float[8 * 10 * 16], columns = new float[shape.OutHeight * shape.OutWidth * shape.Patch];
        Assert.That(() => Convolution.Im2Col(x.AsSpan(1), columns, 1, shape), Throws.ArgumentException);
        Assert.That(() => Convolution.Col2Im(columns.AsSpan(1), x, 1, shape), Throws.ArgumentException);
        Allocations.None(() =>
        {
            Convolution.Im2Col(x, columns, 1, shape);
            Convolution.Col2Im(columns, x, 1, shape);
        });
    }
}
