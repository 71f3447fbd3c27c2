using SoundSearch.Engine.Models;

namespace SoundSearch.Benchmarks;

/// <summary>
/// A model of VIP-ANT's size with random weights: the ViT-B/32 audio tower (1000 x 128, 306 tokens, 768 wide, 12 layers) and
/// CLIP's text tower (49,408 tokens, 512 wide, 12 layers), 150 million values as float16, initialised as CLIP's are.
/// </summary>
internal static class FullSizeModel
{
    public static readonly AudioTowerShape Audio = new()
    {
        Frames = 1000,
        Bins = 128,
        PatchHeight = 32,
        PatchWidth = 32,
        StrideHeight = 16,
        StrideWidth = 24,
        Width = 768,
        Heads = 12,
        Layers = 12,
        Embedding = 512,
    };

    public static readonly TextTowerShape Text = new(49_408, 77, 512, 8, 12, 512);

    /// <summary>Makes the folder unless it is there; the merges are those that the program brings along.</summary>
    public static void Ensure(string folder)
    {
        if (File.Exists(Path.Combine(folder, ModelFolder.DescriptionName)))
        {
            return;
        }
        var description = new ModelDescription
        {
            Name = "random-vip-ant",
            Version = "1",
            Licence = "none",
            TrainingData = "None: random weights, for benchmarks.",
            RecipeVersion = 1,
            Audio = Audio,
            Text = Text,
            Features = new FeatureRecipe(FeatureKind.VipAnt, Audio.Frames) { SampleRate = 16_000 },
            Window = new WindowRule(10),
            Merges = Merges,
        };
        ModelFolder.Save(folder, new ModelContents(description)
        {
            Audio = Random(Audio.Layout(), Audio.Layers, 1),
            Text = Random(Text.Layout(), Text.Layers, 2),
            Files = { [Merges] = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "models", "clip-bpe", Merges)) },
        }, half: true);
    }

    private const string Merges = "bpe_simple_vocab_16e6.txt.gz";

    /// <summary>Uniform values with CLIP's deviations; gains around 1.</summary>
    private static ParameterSet Random(IReadOnlyList<ParameterShape> layout, int layers, int seed)
    {
        var random = new Random(seed);
        var set = new ParameterSet(layout);
        foreach (var tensor in set.Tensors)
        {
            bool gain = tensor.Name.Contains("ln") && tensor.Name.EndsWith("weight", StringComparison.Ordinal);
            int inputs = tensor.Name.EndsWith("proj", StringComparison.Ordinal) || tensor.Name.EndsWith("text_projection", StringComparison.Ordinal)
                ? tensor.Shape[0]
                : tensor.Data.Length / tensor.Shape[0];
            double deviation = tensor.Shape.Length == 1 || tensor.Name.Contains("embedding") ? 0.02 : 1 / Math.Sqrt(inputs);
            if (tensor.Name.Contains("out_proj") || tensor.Name.Contains("c_proj"))
            {
                deviation /= Math.Sqrt(2 * layers);
            }
            foreach (ref float value in tensor.Span)
            {
                value = (float)((gain ? 1 : 0) + (random.NextSingle() - 0.5f) * Math.Sqrt(12) * deviation);
            }
        }
        return set;
    }
}
