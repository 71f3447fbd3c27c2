using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Random starting weights, by the parameters' names: CLIP's initialize_parameters, He et al. 2015 for convolutions.</summary>
public static class Initialiser
{
    /// <summary>Fills the whole set; the same seed gives the same weights.</summary>
    public static void Fill(ParameterSet parameters, TransformerShape shape, int seed)
    {
        var random = new Random(seed);
        foreach (Tensor t in parameters.Tensors)
        {
            float deviation = Deviation(t, shape);
            if (deviation > 0)
            {
                foreach (ref float value in t.Span)
                {
                    value = deviation * Normal(random);
                }
            }
            else
            {
                bool one = t.Name.EndsWith("running_var") || (t.Shape.Length == 1 && t.Name.EndsWith(".weight"));
                t.Span.Fill(one ? 1 : 0);
            }
        }
    }

    /// <summary>0 for gains, biases and running statistics.</summary>
    private static float Deviation(Tensor t, TransformerShape s)
    {
        float attention = MathF.Pow(s.Width, -0.5f), residual = attention * MathF.Pow(2 * Math.Max(1, s.Layers), -0.5f);
        return t.Name switch
        {
            "token_embedding.weight" => 0.02f,
            "positional_embedding" => 0.01f,
            "misc.positional_embedding" or "misc.class_embedding" or "text_projection" or "post_encoder.proj" => attention,
            _ when t.Name.EndsWith("attn.in_proj_weight") => attention,
            _ when t.Name.EndsWith("attn.out_proj.weight") || t.Name.EndsWith("mlp.c_proj.weight") => residual,
            _ when t.Name.EndsWith("mlp.c_fc.weight") => MathF.Pow(2 * s.Width, -0.5f),
            _ when t.Name.Contains(".conv") => MathF.Sqrt(2f / (t.Data.Length / t.Shape[0])),
            _ when t.Name.EndsWith("linear.weight") => MathF.Sqrt(1f / t.Shape[1]),
            _ => 0,
        };
    }

    /// <summary>Box and Muller.</summary>
    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
