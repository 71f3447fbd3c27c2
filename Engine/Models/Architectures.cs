using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>Tells checkpoints apart by the names of their tensors, to say what a wrong one is.</summary>
internal static class Architectures
{
    private const string Supported = "Supported are VIP-ANT (.pth), CLIP ViT (OpenAI's .pt or a state dict; Hugging Face's folder) and LAION-CLAP (Hugging Face's folder).";

    // A name that only this architecture has, and what to do with it.
    private static readonly (string Name, string What)[] known =
    [
        ("pre_encoder.conv1.weight", "a checkpoint of VIP-ANT: 'soundsearch model add vip-ant --audio FILE'"),
        ("audio_model.audio_encoder.batch_norm.weight", "LAION-CLAP in Hugging Face's form: 'soundsearch model add clap --hf DIR'"),
        ("text_model.embeddings.token_embedding.weight", "CLIP in Hugging Face's form: 'soundsearch model add clip --hf DIR'"),
        ("audio_branch.bn0.weight", "LAION-CLAP in LAION's own form, which is not read: use the same model in Hugging Face's form (laion/clap-htsat-fused or -unfused)"),
        ("visual.layer1.0.conv1.weight", "CLIP with a ResNet, which is not read: use a ViT"),
        ("token_embedding.weight", "CLIP in OpenAI's form: 'soundsearch model add clip --pth FILE', or '--text FILE' of vip-ant"),
    ];

    public static FileFormatException Unknown(WeightFile file, string wanted)
    {
        string[] names = [.. file.Names.Take(6)];
        string found = known.FirstOrDefault(k => file.PrefixesOf(k.Name).Count > 0).What
            ?? (names.Length == 0 ? "no tensors" : $"an unknown architecture, with tensors {string.Join(", ", names)}, ...");
        return new FileFormatException(file.Path, 0, wanted, found, Supported);
    }
}
