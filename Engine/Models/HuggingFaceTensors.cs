using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>The tensors of a checkpoint by Hugging Face's names, each of a shape that is known beforehand.</summary>
/// <param name="source">The tensor of a name, or null.</param>
/// <param name="where">Path of the source, for messages.</param>
/// <param name="remedy">What to do if one is missing.</param>
internal sealed class HuggingFaceTensors(Func<string, Tensor?> source, string where, string remedy)
{
    /// <exception cref="FileFormatException">It is missing or has another shape.</exception>
    public Tensor Read(string name, params int[] shape)
    {
        Tensor? tensor = source(name);
        return tensor is not null && tensor.Shape.AsSpan().SequenceEqual(shape)
            ? tensor
            : throw new FileFormatException(
                where, 0, $"a tensor {new ParameterShape(name, shape)}", tensor is null ? "none of that name" : $"the shape [{string.Join(", ", tensor.Shape)}]", remedy);
    }

    /// <summary>A matrix [rows, columns] from one stored as [columns, rows].</summary>
    /// <exception cref="FileFormatException">It is missing or has another shape.</exception>
    public Tensor Transposed(string name, int rows, int columns)
    {
        Tensor tensor = Read(name, columns, rows);
        ReadOnlySpan<float> values = tensor.Span;
        float[] transposed = new float[rows * columns];
        for (int i = 0; i < transposed.Length; i++)
        {
            transposed[i] = values[i % columns * rows + i / columns];
        }
        return new Tensor(name, [rows, columns], transposed);
    }

    /// <summary>Equal parts one above the other, as [shape].</summary>
    /// <exception cref="FileFormatException">One is missing or has another shape.</exception>
    public Tensor Stack(IReadOnlyList<string> names, int[] shape)
    {
        int[] part = [shape[0] / names.Count, .. shape[1..]];
        Tensor[] parts = [.. names.Select(name => Read(name, part))];
        float[] stacked = new float[parts.Sum(p => p.Data.Length)];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i].Span.CopyTo(stacked.AsSpan(i * parts[i].Data.Length));
        }
        return new Tensor(string.Join('+', names), shape, stacked);
    }
}
