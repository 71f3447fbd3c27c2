using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>
/// CLIP as Hugging Face's transformers saves it (CLIPModel: OpenAI's, LAION's), read into a <see cref="TextTower"/> and an
/// <see cref="AudioTower"/> over pictures (frames and bins are then rows and columns; the input is channels last, already
/// normalised). A converter opens config.json, takes <see cref="ReadTextShape"/> and <see cref="ReadImageShape"/>, loads
/// <see cref="LoadText"/> and <see cref="LoadImage"/> from model.safetensors or pytorch_model.bin, writes the sets under their own
/// names beside the shapes, and copies the tokenizer's files (<see cref="Text.BytePairVocabulary.Files"/>); position_ids are not looked at.
/// Texts are then encoded by a <see cref="TextEncoder"/> with <see cref="Text.Tokenizer.EncodeWithEnds"/>.
/// </summary>
public static class HuggingFaceClip
{
    private const string Remedy = "Use a whole CLIPModel (openai/clip-vit-base-patch32 and its kin) and the config.json that came with it.";

    /// <summary>Sizes of the text tower; what config.json does not say is as in CLIPTextConfig.</summary>
    /// <exception cref="FileFormatException">It is of another architecture, or asks for what is not supported.</exception>
    public static TextTowerShape ReadTextShape(HuggingFaceConfig config)
    {
        RequireClip(config);
        HuggingFaceConfig text = config.Section("text_config");
        var shape = new TextTowerShape(
            text.Int("vocab_size", 49408), text.Int("max_position_embeddings", 77), text.Int("hidden_size", 512),
            text.Int("num_attention_heads", 8), text.Int("num_hidden_layers", 12), config.Int("projection_dim", 512))
        {
            Hidden = text.Int("intermediate_size", 2048),
            Activation = ReadActivation(text, "hidden_act", "quick_gelu"),
            Epsilon = (float)text.Number("layer_norm_eps", 1e-5),
            EndToken = text.Int("eos_token_id", 49407),
        };
        Checked(shape.Check, config);
        return shape;
    }

    /// <summary>Sizes of the image tower; what config.json does not say is as in CLIPVisionConfig.</summary>
    /// <exception cref="FileFormatException">It is of another architecture, or asks for what is not supported.</exception>
    public static AudioTowerShape ReadImageShape(HuggingFaceConfig config)
    {
        RequireClip(config);
        HuggingFaceConfig vision = config.Section("vision_config");
        int size = vision.Int("image_size", 224), patch = vision.Int("patch_size", 32);
        var shape = new AudioTowerShape
        {
            Frames = size,
            Bins = size,
            Channels = vision.Int("num_channels", 3),
            PatchHeight = patch,
            PatchWidth = patch,
            StrideHeight = patch,
            StrideWidth = patch,
            Width = vision.Int("hidden_size", 768),
            Heads = vision.Int("num_attention_heads", 12),
            Layers = vision.Int("num_hidden_layers", 12),
            Embedding = config.Int("projection_dim", 512),
            Hidden = vision.Int("intermediate_size", 3072),
            Activation = ReadActivation(vision, "hidden_act", "quick_gelu"),
            Epsilon = (float)vision.Number("layer_norm_eps", 1e-5),
        };
        Checked(shape.Check, config);
        return shape;
    }

    /// <summary>Parameters for a text tower of that shape.</summary>
    /// <param name="shape">Of <see cref="ReadTextShape"/>.</param>
    /// <param name="source">The tensor of a name, or null.</param>
    /// <param name="where">Path of the source, for messages.</param>
    /// <exception cref="FileFormatException">A tensor is missing or has another shape.</exception>
    public static ParameterSet LoadText(TextTowerShape shape, Func<string, Tensor?> source, string where)
    {
        shape.Check();
        var tensors = new HuggingFaceTensors(source, where, Remedy);
        return ParameterSet.Load(shape.Layout(), p => p.Name switch
        {
            "positional_embedding" => tensors.Read("text_model.embeddings.position_embedding.weight", p.Shape),
            "token_embedding.weight" => tensors.Read("text_model.embeddings.token_embedding.weight", p.Shape),
            "text_projection" => tensors.Transposed("text_projection.weight", p.Shape[0], p.Shape[1]),
            _ when After(p.Name, "ln_final") is { } rest => tensors.Read("text_model.final_layer_norm" + rest, p.Shape),
            _ => BlockNames.Clip.Find(tensors, "text_model.encoder.layers", After(p.Name, "transformer.resblocks.")!, p.Shape),
        });
    }

    /// <summary>
    /// Parameters for an image tower of that shape. Frames and bins may be other than <see cref="ReadImageShape"/>'s: positions are then
    /// resized bicubically from their square grid, the class token's kept, as interpolate_pos_encoding does.
    /// </summary>
    /// <param name="shape">Of <see cref="ReadImageShape"/>, or for pictures of another size.</param>
    /// <param name="source">The tensor of a name, or null.</param>
    /// <param name="where">Path of the source, for messages.</param>
    /// <exception cref="FileFormatException">A tensor is missing or has another shape.</exception>
    public static ParameterSet LoadImage(AudioTowerShape shape, Func<string, Tensor?> source, string where)
    {
        shape.Check();
        var tensors = new HuggingFaceTensors(source, where, Remedy);
        return ParameterSet.Load(shape.Layout(), p => p.Name switch
        {
            "pre_encoder.conv1.weight" => tensors.Read("vision_model.embeddings.patch_embedding.weight", p.Shape),
            "misc.class_embedding" => tensors.Read("vision_model.embeddings.class_embedding", p.Shape),
            "misc.positional_embedding" => Positions("vision_model.embeddings.position_embedding.weight", p.Shape),
            "post_encoder.proj" => tensors.Transposed("visual_projection.weight", p.Shape[0], p.Shape[1]),
            _ when After(p.Name, "pre_encoder.ln") is { } rest => tensors.Read("vision_model.pre_layrnorm" + rest, p.Shape), // sic
            _ when After(p.Name, "post_encoder.ln") is { } rest => tensors.Read("vision_model.post_layernorm" + rest, p.Shape),
            _ => BlockNames.Clip.Find(tensors, "vision_model.encoder.layers", After(p.Name, "encoder.resblocks.")!, p.Shape),
        });

        Tensor Positions(string name, int[] wanted)
        {
            int tokens = source(name)?.Shape is [int rows, int columns] && columns == shape.Width ? rows : wanted[0], side = (int)Math.Sqrt(Math.Max(0, tokens - 1));
            if (tokens == wanted[0] || side == 0 || side * side != tokens - 1)
            {
                return tensors.Read(name, wanted);
            }
            ReadOnlySpan<float> table = tensors.Read(name, tokens, shape.Width).Span;
            float[] grid = PositionGrid.ResizeBicubic(table[shape.Width..], side, side, shape.GridRows(shape.Frames), shape.GridColumns, shape.Width);
            return new Tensor(name, wanted, (float[])[.. table[..shape.Width], .. grid]);
        }
    }

    /// <summary>The learned scale: cosines of texts and pictures times its exponential are CLIP's logits.</summary>
    /// <exception cref="FileFormatException">It is missing or no scalar.</exception>
    public static float LogitScale(Func<string, Tensor?> source, string where) => new HuggingFaceTensors(source, where, Remedy).Read("logit_scale").Span[0];

    /// <exception cref="FileFormatException">It is neither "gelu" nor "quick_gelu".</exception>
    internal static Activation ReadActivation(HuggingFaceConfig section, string name, string otherwise) => (section.Text(name) ?? otherwise) switch
    {
        "quick_gelu" => Activation.QuickGelu,
        "gelu" => Activation.Gelu,
        _ => throw section.Wrong(name, "quick_gelu or gelu"),
    };

    /// <summary>What <paramref name="check"/> complains of is the fault of config.json.</summary>
    internal static void Checked(Action check, HuggingFaceConfig config)
    {
        try
        {
            check();
        }
        catch (ArgumentException e)
        {
            throw new FileFormatException(config.Path, 0, "sizes of a tower", e.Message, "Use the config.json that came with the model's weights.", e);
        }
    }

    internal static string? After(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;

    private static void RequireClip(HuggingFaceConfig config)
    {
        if (config.Text("model_type") != "clip")
        {
            throw config.Wrong("model_type", "clip");
        }
    }
}
