using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>What a checkpoint calls the parts of a <see cref="TransformerBlock"/>, below a layer's own prefix.</summary>
internal sealed record BlockNames(string Query, string Key, string Value, string Out, string Norm1, string Norm2, string Expand, string Contract)
{
    /// <summary>Hugging Face's CLIP, text and image alike.</summary>
    public static readonly BlockNames Clip = new(
        "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj", "layer_norm1", "layer_norm2", "mlp.fc1", "mlp.fc2");

    /// <summary>Hugging Face's BERT and RoBERTa, and LAION-CLAP's text tower.</summary>
    public static readonly BlockNames Bert = new(
        "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
        "attention.output.LayerNorm", "output.LayerNorm", "intermediate.dense", "output.dense");

    /// <summary>The tensor of one of a block's parameters.</summary>
    /// <param name="tensors">The checkpoint.</param>
    /// <param name="layers">Prefix of the layers there, without their numbers: "text_model.encoder.layers".</param>
    /// <param name="parameter">Ours, from the block's number on: "0.attn.in_proj_weight".</param>
    /// <param name="shape">Ours.</param>
    /// <exception cref="FileFormatException">It is missing or has another shape.</exception>
    public Tensor Find(HuggingFaceTensors tensors, string layers, string parameter, int[] shape)
    {
        const string Stacked = "attn.in_proj_";
        int dot = parameter.IndexOf('.');
        string prefix = $"{layers}.{parameter[..dot]}.", part = parameter[(dot + 1)..];
        if (part.StartsWith(Stacked, StringComparison.Ordinal))
        {
            string kind = part[Stacked.Length..];
            return tensors.Stack([.. new[] { Query, Key, Value }.Select(name => $"{prefix}{name}.{kind}")], shape);
        }
        int last = part.LastIndexOf('.');
        string theirs = part[..last] switch
        {
            "attn.out_proj" => Out,
            "ln_1" => Norm1,
            "ln_2" => Norm2,
            "mlp.c_fc" => Expand,
            "mlp.c_proj" => Contract,
            string other => throw new ArgumentException($"A block has no parameter {other}.", nameof(parameter)),
        };
        return tensors.Read(prefix + theirs + part[last..], shape);
    }
}
