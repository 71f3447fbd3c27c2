using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>
/// LAION-CLAP's text tower as Hugging Face's transformers saves it (ClapModel): sizes from config.json, weights under its names
/// ("text_model.*", "text_projection.*"). A converter writes the set of <see cref="Load"/> under its own names beside the shape of
/// <see cref="ReadShape"/>, and copies the tokenizer's files (<see cref="Text.BytePairVocabulary.Files"/>), which
/// <see cref="Text.RobertaTokenizer.Load"/> opens; its VocabularySize must be the shape's. Buffers that can be computed
/// (position_ids, token_type_ids) are not looked at.
/// </summary>
public static class RobertaCheckpoint
{
    private const string Remedy = "Use a whole ClapModel (laion/clap-htsat-unfused, -fused and their kin) and the config.json that came with it.";

    /// <summary>Sizes; what config.json does not say is as in ClapTextConfig.</summary>
    /// <exception cref="FileFormatException">It is of another architecture, or asks for what is not supported.</exception>
    public static RobertaShape ReadShape(HuggingFaceConfig config)
    {
        if (config.Text("model_type") != "clap")
        {
            throw config.Wrong("model_type", "clap");
        }
        if ((config.Text("projection_hidden_act") ?? "relu") != "relu")
        {
            throw config.Wrong("projection_hidden_act", "relu");
        }
        HuggingFaceConfig text = config.Section("text_config");
        if ((text.Text("position_embedding_type") ?? "absolute") != "absolute")
        {
            throw text.Wrong("position_embedding_type", "absolute");
        }
        var shape = new RobertaShape
        {
            Vocabulary = text.Int("vocab_size", 50265),
            Positions = text.Int("max_position_embeddings", 514),
            Width = text.Int("hidden_size", 768),
            Heads = text.Int("num_attention_heads", 12),
            Layers = text.Int("num_hidden_layers", 12),
            Hidden = text.Int("intermediate_size", 3072),
            Activation = HuggingFaceClip.ReadActivation(text, "hidden_act", "gelu"),
            Epsilon = (float)text.Number("layer_norm_eps", 1e-12),
            PadToken = text.Int("pad_token_id", 1),
            Embedding = config.Int("projection_dim", 512), // of both towers, whatever their sections say
        };
        shape = shape with { Context = Math.Min(shape.Context, shape.MaxContext) };
        HuggingFaceClip.Checked(shape.Check, config);
        return shape;
    }

    /// <summary>Parameters for a tower of that shape.</summary>
    /// <param name="shape">Of <see cref="ReadShape"/>.</param>
    /// <param name="source">The tensor of a name, or null.</param>
    /// <param name="where">Path of the source, for messages.</param>
    /// <exception cref="FileFormatException">A tensor is missing or has another shape.</exception>
    public static ParameterSet Load(RobertaShape shape, Func<string, Tensor?> source, string where)
    {
        const string Embeddings = "text_model.embeddings.";
        shape.Check();
        var tensors = new HuggingFaceTensors(source, where, Remedy);
        return ParameterSet.Load(shape.Layout(), p => p.Name switch
        {
            "token_embedding.weight" => tensors.Read(Embeddings + "word_embeddings.weight", p.Shape),
            "positional_embedding" => tensors.Read(Embeddings + "position_embeddings.weight", p.Shape),
            "type_embedding" => tensors.Read(Embeddings + "token_type_embeddings.weight", 1, shape.Width) with { Shape = p.Shape },
            _ when HuggingFaceClip.After(p.Name, "ln_embedding") is { } rest => tensors.Read(Embeddings + "LayerNorm" + rest, p.Shape),
            _ when HuggingFaceClip.After(p.Name, "pooler") is { } rest => tensors.Read("text_model.pooler.dense" + rest, p.Shape),
            _ when HuggingFaceClip.After(p.Name, "projection") is { } rest => tensors.Read("text_projection" + rest, p.Shape),
            _ => BlockNames.Bert.Find(tensors, "text_model.encoder.layer", HuggingFaceClip.After(p.Name, "transformer.resblocks.")!, p.Shape),
        });
    }
}
