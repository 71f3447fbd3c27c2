using System.Numerics.Tensors;
using SoundSearch.Engine.Models;
using Tensor = SoundSearch.Engine.Formats.Tensor;

namespace SoundSearch.Training.Optimizers;

/// <summary>One named trainable tensor and its gradient, both views of somebody else's memory, row-major.</summary>
public sealed record Parameter(string Name, int[] Shape, Memory<float> Value, Memory<float> Gradient)
{
    /// <summary>True for weights of two or more axes; false for biases, norms and scalars, which most recipes do not decay.</summary>
    public bool IsMatrix => Shape.Length > 1;

    /// <summary>The value as a tensor to save or restore; shares the memory.</summary>
    public Tensor Tensor => new(Name, Shape, Value);

    /// <summary>The trained parameters of a tower beside their gradients, in order.</summary>
    /// <exception cref="ArgumentException">The gradients are of another layout.</exception>
    public static IReadOnlyList<Parameter> Of(ParameterSet weights, ParameterSet gradients) =>
        [.. weights.WithGradients(gradients).Select(p => new Parameter(p.Name, p.Shape, p.Value, p.Gradient))];

    /// <summary>A parameter with memory of its own, zero-filled.</summary>
    public static Parameter Create(string name, params int[] shape)
    {
        int length = shape.Aggregate(1, (product, d) => checked(product * d));
        return new Parameter(name, shape, new float[length], new float[length]);
    }

    /// <summary>Euclidean norm of all gradients together.</summary>
    public static double GradientNorm(IEnumerable<Parameter> parameters)
    {
        double squares = 0;
        foreach (Parameter p in parameters)
        {
            double norm = TensorPrimitives.Norm<float>(p.Gradient.Span);
            squares += norm * norm;
        }
        return Math.Sqrt(squares);
    }

    /// <summary>Scales all gradients down to a joint norm of at most <paramref name="maxNorm"/>; returns the norm they had.</summary>
    public static double ClipGradients(IReadOnlyList<Parameter> parameters, double maxNorm)
    {
        double norm = GradientNorm(parameters);
        if (norm > maxNorm)
        {
            foreach (Parameter p in parameters)
            {
                TensorPrimitives.Multiply(p.Gradient.Span, (float)(maxNorm / norm), p.Gradient.Span);
            }
        }
        return norm;
    }
}
