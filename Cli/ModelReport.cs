using SoundSearch.Engine.Features;
using SoundSearch.Engine.Models;

namespace SoundSearch.Cli;

/// <summary>What a model is: its towers, how it hears, where it is.</summary>
internal static class ModelReport
{
    public static void Print(string folder, ModelDescription description, bool json)
    {
        Summary s = Of(folder, description);
        if (json)
        {
            Output.Json(s);
            return;
        }
        Console.Out.WriteLine($"model     {s.Name}, version {s.Version}");
        Console.Out.WriteLine($"audio     {s.Audio ?? "none"}");
        if (s.SampleRate is { } rate)
        {
            Console.Out.WriteLine($"hears     {rate:N0} Hz in windows of {s.WindowSeconds:0.##} s");
        }
        Console.Out.WriteLine($"text      {s.Text ?? "none"}");
        Console.Out.WriteLine($"image     {s.Image ?? "none"}");
        Console.Out.WriteLine($"vectors   {s.Dimensions} dimensions");
        Console.Out.WriteLine($"licence   {s.Licence}");
        Console.Out.WriteLine($"from      {s.TrainingData}");
        Console.Out.WriteLine($"folder    {s.Folder}, {s.Bytes / 1e6:0.0} MB");
    }

    public static Summary Of(string folder, ModelDescription d) => new(
        d.Name,
        d.Version,
        d.Licence,
        d.TrainingData,
        d.Embedding,
        d.Audio is { } a ? $"{Tower(a)}, {a.Frames} x {a.Bins}" : d.ClapAudio is { } c ? Tower(c, d.ClapFeatures!) : null,
        d.Text is { } t ? Tower("transformer", t.Layers, t.Width, t.Heads, t.Vocabulary, t.Context) + Reads(d)
            : d.Roberta is { } r ? Tower("RoBERTa", r.Layers, r.Width, r.Heads, r.Vocabulary, r.Context) + Reads(d) : null,
        d.Image is { } i ? $"{Tower(i)}, {i.Frames} x {i.Bins} pixels" : null,
        d.SampleRate,
        d.Window?.Seconds,
        new DirectoryInfo(folder).EnumerateFiles().Sum(f => f.Length),
        folder);

    private static string Reads(ModelDescription d) => d.HasTokenizer ? "" : ", no tokenizer";

    private static string Tower(string kind, int layers, int width, int heads, int vocabulary, int context) =>
        $"{kind} of {layers} layers, width {width}, {heads} heads, {vocabulary:N0} tokens, {context} at once";

    private static string Tower(ClapAudioShape s, ClapFeatureRecipe f) =>
        $"HTSAT{(s.Fused ? " with fusion" : "")}, layers {string.Join("+", s.Depths)}, width {s.Width} to {s.FinalWidth}, windows of {s.Window}, {f.Frames} x {f.Bins}";

    private static string Tower(AudioTowerShape s) =>
        $"{(s.Stem == StemKind.Patch ? $"ViT, patches {s.PatchHeight} x {s.PatchWidth} every {s.StrideHeight} x {s.StrideWidth}" : "convolutions and transformer")}, {s.Layers} layers, width {s.Width}, {s.Heads} heads";

    internal sealed record Summary(
        string Name, string Version, string Licence, string TrainingData, int Dimensions, string? Audio, string? Text, string? Image, int? SampleRate, double? WindowSeconds, long Bytes, string Folder);
}
