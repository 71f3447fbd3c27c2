namespace SoundSearch.Engine.Formats;

/// <summary>A named float32 array, row-major. The shape of a scalar is empty.</summary>
public sealed record Tensor(string Name, int[] Shape, Memory<float> Data)
{
    public Span<float> Span => Data.Span;
}
