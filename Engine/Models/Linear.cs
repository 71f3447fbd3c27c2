using System.Buffers;
using System.Numerics.Tensors;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>
/// y[rows, n] = x[rows, k] W^T + bias with W [n, k], or, input-major as CLIP's projections are, y = x W with W [k, n].
/// Inference packs the weights once, at first use; training reads them as they are, since they change.
/// </summary>
public sealed class Linear
{
    private readonly bool inputMajor;
    private readonly EncoderOptions options;
    private PackedMatrix? packed;

    public Linear(ParameterSet parameters, string weight, string? bias, int outputs, int inputs, bool inputMajor = false)
    {
        (Outputs, Inputs, this.inputMajor) = (outputs, inputs, inputMajor);
        options = inputMajor ? EncoderOptions.Default : parameters.Options; // a projection of single rows costs next to nothing
        Weight = inputMajor ? parameters.Get(weight, inputs, outputs) : parameters.Get(weight, outputs, inputs);
        Bias = bias is null ? default : parameters.Get(bias, outputs);
        if (parameters.IsDeferred(weight))
        {
            float[] values = ArrayPool<float>.Shared.Rent(outputs * inputs); // the same memory for one layer after the other
            parameters.ReadDeferred(weight, values.AsSpan(0, outputs * inputs));
            packed = Pack(values.AsSpan(0, outputs * inputs));
            ArrayPool<float>.Shared.Return(values);
        }
    }

    public int Outputs { get; }

    public int Inputs { get; }

    /// <summary>[Outputs, Inputs], or [Inputs, Outputs] if <see cref="InputMajor"/>; empty in a tower loaded for inference only.</summary>
    public Memory<float> Weight { get; }

    /// <summary>[Outputs], or empty.</summary>
    public Memory<float> Bias { get; }

    public bool InputMajor => inputMajor;

    /// <summary>How its products are computed, in training too.</summary>
    public EncoderOptions Options => options;

    /// <summary>y = beta y + x W^T + bias; beta is 0 or 1, and 1 is how a residual is added.</summary>
    public void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, bool training, float beta = 0)
    {
        if (!training)
        {
            Gemm.Multiply(x, Inputs, Packed(), Bias.Span, y, Outputs, rows, beta);
            return;
        }
        ReadOnlySpan<float> bias = Bias.Span;
        for (int r = 0; r < rows && !bias.IsEmpty; r++)
        {
            Span<float> row = y.Slice(r * Outputs, Outputs);
            if (beta == 0)
            {
                bias.CopyTo(row);
            }
            else
            {
                TensorPrimitives.Add(row, bias, row);
            }
        }
        Gemm.Multiply(
            options.Provider, options.Precision, x, Inputs, false, Weight.Span, inputMajor ? Outputs : Inputs, !inputMajor, y, Outputs, rows, Outputs, Inputs, bias.IsEmpty ? beta : 1);
    }

    private PackedMatrix Packed()
    {
        // Two threads may both pack the first time; either result is right.
        if (Volatile.Read(ref packed) is { } ready)
        {
            return ready;
        }
        PackedMatrix made = Pack(Weight.Span);
        Volatile.Write(ref packed, made);
        return made;
    }

    private PackedMatrix Pack(ReadOnlySpan<float> weight)
    {
        if (inputMajor)
        {
            float[] transposed = new float[weight.Length]; // [n, k]
            for (int i = 0; i < Inputs; i++)
            {
                for (int o = 0; o < Outputs; o++)
                {
                    transposed[o * Inputs + i] = weight[i * Outputs + o];
                }
            }
            weight = transposed;
        }
        return Gemm.Pack(weight, Outputs, Inputs, options.Provider, options.Precision);
    }
}
