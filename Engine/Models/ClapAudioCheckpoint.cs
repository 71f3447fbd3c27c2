using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>
/// LAION-CLAP's audio tower as Hugging Face's transformers saves it (ClapModel): sizes from config.json, weights under its names
/// ("audio_model.audio_encoder.*", "audio_projection.*"). Buffers that can be computed (relative_position_index,
/// num_batches_tracked) are not looked at.
/// </summary>
public static class ClapAudioCheckpoint
{
    private const string Encoder = "audio_model.audio_encoder.";
    private const string Projection = "audio_projection.";

    /// <summary>Sizes; what config.json does not say is as in ClapConfig.</summary>
    /// <exception cref="FileFormatException">It is of another architecture, or asks for what is not supported.</exception>
    public static ClapAudioShape ReadShape(HuggingFaceConfig config)
    {
        if (config.Text("model_type") != "clap")
        {
            throw config.Wrong("model_type", "clap");
        }
        HuggingFaceConfig audio = config.Section("audio_config");
        int patch = audio.Int("patch_size", 4);
        Require(audio, "hidden_act", audio.Text("hidden_act") is null or "gelu", "gelu");
        Require(audio, "qkv_bias", audio.Flag("qkv_bias", true), "true");
        Require(audio, "enable_patch_layer_norm", audio.Flag("enable_patch_layer_norm", true), "true");
        Require(audio, "flatten_patch_embeds", audio.Flag("flatten_patch_embeds", true), "true");
        Require(audio, "patch_embed_input_channels", audio.Int("patch_embed_input_channels", 1) == 1, "1");
        Require(audio, "patch_stride", audio.Ints("patch_stride", [4, 4]).AsSpan().SequenceEqual([patch, patch]), $"the patch size, [{patch}, {patch}]");
        Require(audio, "fusion_type", audio.Text("fusion_type") != "channel_map", "null or aff_2d");
        Require(config, "projection_hidden_act", config.Text("projection_hidden_act") is null or "relu", "relu");
        var shape = new ClapAudioShape
        {
            Side = audio.Int("spec_size", 256),
            Bins = audio.Int("num_mel_bins", 64),
            Patch = patch,
            Window = audio.Int("window_size", 8),
            Width = audio.Int("patch_embeds_hidden_size", 96),
            Depths = audio.Ints("depths", [2, 2, 6, 2]),
            Heads = audio.Ints("num_attention_heads", [4, 8, 16, 32]),
            MlpRatio = audio.Number("mlp_ratio", 4),
            Epsilon = (float)audio.Number("layer_norm_eps", 1e-5),
            Embedding = config.Int("projection_dim", 512), // of both towers, whatever their sections say
            Fused = audio.Flag("enable_fusion", false),
            FusionReduction = audio.Int("aff_block_r", 4),
        };
        try
        {
            shape.Check();
        }
        catch (ArgumentException e)
        {
            throw new FileFormatException(config.Path, 0, "sizes of an HTSAT", e.Message, "Use the config.json that came with the model's weights.", e);
        }
        Require(audio, "hidden_size", audio.Int("hidden_size", 768) == shape.FinalWidth, $"the width of the last stage, {shape.FinalWidth}");
        return shape;
    }

    /// <summary>Parameters for a tower of that shape.</summary>
    /// <param name="shape">Of <see cref="ReadShape"/>.</param>
    /// <param name="source">The tensor of a name, or null.</param>
    /// <param name="where">Path of the source, for messages.</param>
    /// <exception cref="FileFormatException">A tensor is missing or has another shape.</exception>
    public static ParameterSet Load(ClapAudioShape shape, Func<string, Tensor?> source, string where)
    {
        shape.Check();
        var tensors = new HuggingFaceTensors(source, where, "Use a whole ClapModel (laion/clap-htsat-unfused, -fused and their kin) and the config.json that came with it.");
        return ParameterSet.Load(shape.Layout(), Find);

        Tensor Find(ParameterShape p)
        {
            (string name, int[] ours) = (p.Name, p.Shape);
            int stacked = name.IndexOf(".attn.in_proj_", StringComparison.Ordinal);
            if (stacked >= 0)
            {
                string kind = name[(stacked + ".attn.in_proj_".Length)..];
                return tensors.Stack([.. new[] { "query", "key", "value" }.Select(part => $"{Encoder}{name[..stacked]}.attention.self.{part}.{kind}")], ours);
            }
            return tensors.Read(NameOf(name), Kernel(name, ours) ?? ours) with { Shape = ours };
        }

        // A matrix here, kernels [outputs, inputs, height, width] there.
        int[]? Kernel(string name, int[] ours) => name switch
        {
            "patch_embed.proj.weight" => [ours[0], 1, shape.Patch, shape.Patch],
            "patch_embed.mel_conv2d.weight" => [ours[0], 1, shape.Patch, 3 * shape.Patch],
            _ when ours.Length == 2 && name.StartsWith("patch_embed.fusion_model.", StringComparison.Ordinal) => [ours[0], ours[1], 1, 1],
            _ => null,
        };
    }

    /// <summary>Hugging Face's name of one of the tower's parameters; in_proj has three.</summary>
    private static string NameOf(string parameter) =>
        parameter.StartsWith("projection.", StringComparison.Ordinal)
            ? Projection + parameter["projection.".Length..]
            : Encoder + parameter
                .Replace(".ln_1.", ".layernorm_before.").Replace(".ln_2.", ".layernorm_after.")
                .Replace(".attn.out_proj.", ".attention.output.dense.").Replace(".attn.relative", ".attention.self.relative")
                .Replace(".mlp.c_fc.", ".intermediate.dense.").Replace(".mlp.c_proj.", ".output.dense.");

    private static void Require(HuggingFaceConfig config, string setting, bool supported, string expected)
    {
        if (!supported)
        {
            throw config.Wrong(setting, expected);
        }
    }
}
