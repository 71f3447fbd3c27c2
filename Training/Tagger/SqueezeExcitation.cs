using System.Numerics.Tensors;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Tagger;

/// <summary>A factor per channel from the channels' means: sigmoid(W2 relu(W1 mean + b1) + b2).</summary>
internal sealed unsafe class SqueezeExcitation(SafetensorsFile file, string name)
{
    private readonly float[] weight1 = file.Read(name + ".fc1.weight").Data.ToArray();
    private readonly float[] bias1 = file.Read(name + ".fc1.bias").Data.ToArray();
    private readonly float[] weight2 = file.Read(name + ".fc2.weight").Data.ToArray();
    private readonly float[] bias2 = file.Read(name + ".fc2.bias").Data.ToArray();

    /// <summary>Overwrites the channels' sums over count positions with their factors.</summary>
    public void Run(float* sums, int channels, int count)
    {
        var values = new Span<float>(sums, channels);
        TensorPrimitives.Multiply(values, 1f / count, values);
        Span<float> hidden = stackalloc float[bias1.Length];
        for (int i = 0; i < hidden.Length; i++)
        {
            hidden[i] = Math.Max(0, TensorPrimitives.Dot(values, weight1.AsSpan(i * channels, channels)) + bias1[i]);
        }
        for (int i = 0; i < channels; i++)
        {
            values[i] = TensorPrimitives.Dot(hidden, weight2.AsSpan(i * hidden.Length, hidden.Length)) + bias2[i];
        }
        TensorPrimitives.Sigmoid(values, values);
    }
}
