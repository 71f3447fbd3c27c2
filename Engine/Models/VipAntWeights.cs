using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>
/// VIP-ANT's checkpoints (Zhao et al. 2022), as its monitor saves them: {"cfg", "model"}, the model a tuple of state
/// dicts, (audio, loss) or (image, audio, text, loss) by worker, with empty ones for frozen towers. A text tower comes
/// from the checkpoint if it was trained, else from CLIP's own file.
/// </summary>
public static class VipAntWeights
{
    private const string Kernels = "pre_encoder.conv1.weight", Positions = "misc.positional_embedding";

    // The strides of the published runs, then of the default configuration.
    private static readonly (int Time, int Mel)[] usualStrides = [(16, 24), (16, 16)];
    private const int UsualBins = 128, FramesPerSecond = 100;

    // The crop rule takes 50 ms more than the frames' own time (VipAntFeatures).
    private const double ExtraSeconds = 0.05;

    /// <summary>An audio tower, and a text tower where there is one.</summary>
    /// <param name="audio">The checkpoint.</param>
    /// <param name="clip">CLIP's own checkpoint, for its text tower; null: the checkpoint's, or none.</param>
    /// <param name="options">Name, licence, seconds, sample rate.</param>
    /// <exception cref="FileFormatException">A tensor is missing or of another shape, the architecture is another one, or the towers do not fit together.</exception>
    public static ModelContents Read(WeightFile audio, WeightFile? clip, ImportOptions options)
    {
        var config = new OmegaConfig((audio.Root as PyTorchDictionary)?.TryGetValue("cfg", out object? cfg) == true ? cfg : null);
        var notes = new List<string>();
        WeightView view = Open(audio);
        AudioTowerShape source = Shape(view, config, notes);
        AudioTowerShape shape = options.Seconds is { } seconds ? source with { Frames = checked(seconds * FramesPerSecond) } : source;
        shape.Check();
        ParameterSet weights = PretrainedAudio.Load(shape, source.Frames, view.Read, audio.Path);
        if (shape.Frames != source.Frames)
        {
            notes.Add($"Positions for {source.Frames} frames were {(shape.Frames > source.Frames ? "resized" : "cut")} to {shape.Frames}.");
        }
        WeightView? own = OwnText(audio);
        WeightView? reader = own ?? (clip is null ? null : ClipWeights.Open(clip));
        (TextTowerShape Shape, ParameterSet Weights, string Path)? text = reader is null ? null : Text(reader);
        if (clip is not null && own is not null)
        {
            notes.Add("The checkpoint holds a trained text tower, which is used instead of CLIP's.");
        }
        if (text is { } both && both.Shape.Embedding != shape.Embedding)
        {
            throw new FileFormatException(
                both.Path, 0, $"a text tower with embeddings of {shape.Embedding} values, as {audio.Path} has", $"one of {both.Shape.Embedding}",
                "Use the CLIP that the audio tower was trained with (ViT-B/32 for VIP-ANT's own).");
        }
        string worker = config.Text("worker") is { } name ? $", worker {name}" : "", data = config.Text("running.data_name") is { } set ? $", data {set}" : "";
        var description = new ModelDescription
        {
            Name = options.Name,
            Version = "1",
            Licence = options.Licence,
            TrainingData = $"VIP-ANT checkpoint '{Path.GetFileName(audio.Path)}' (Zhao et al. 2022{worker}{data}){(text is null ? "" : $"; text tower of '{Path.GetFileName(text.Value.Path)}'")}.",
            RecipeVersion = 1,
            Audio = shape,
            Text = text?.Shape,
            Features = new FeatureRecipe(FeatureKind.VipAnt, shape.Frames) { SampleRate = options.SampleRate },
            Window = new WindowRule((double)shape.Frames / FramesPerSecond + ExtraSeconds),
            Merges = "",
        };
        var contents = new ModelContents(description) { Audio = weights, Text = text?.Weights, Notes = notes };
        return text is null ? contents : ClipWeights.WithMerges(contents, options);
    }

    private static WeightView Open(WeightFile file)
    {
        IReadOnlyList<string> prefixes = file.PrefixesOf(Kernels);
        // Of four parts the second is the audio tower; an image tower that was trained has the same names.
        string? prefix = prefixes.FirstOrDefault(p => p == "model.1.") ?? (prefixes.Count == 1 ? prefixes[0] : null);
        return prefix is not null
            ? new WeightView(file, prefix)
            : prefixes.Count == 0
                ? throw Architectures.Unknown(file, $"a checkpoint of VIP-ANT (an audio tower with {Kernels})")
                : throw new FileFormatException(
                    file.Path, 0, "one audio tower", $"several: {string.Join(", ", prefixes.Select(p => p + Kernels))}", "Save the audio tower's state dict alone.");
    }

    private static AudioTowerShape Shape(WeightView view, OmegaConfig config, List<string> notes)
    {
        int[] kernels = view.Require(Kernels, 4), positions = view.Require(Positions, 2), projection = view.Require("post_encoder.proj", 2);
        (int Frames, int Bins)? resolution = config.Pair("model.audio.resolution");
        (int Time, int Mel)? stride = config.Pair("model.audio.pre_encoder.stride");
        var shape = new AudioTowerShape
        {
            Frames = kernels[2],
            Bins = resolution?.Bins ?? UsualBins,
            Channels = kernels[1],
            PatchHeight = kernels[2],
            PatchWidth = kernels[3],
            StrideHeight = usualStrides[0].Time,
            StrideWidth = usualStrides[0].Mel,
            Width = kernels[0],
            Heads = view.Heads(kernels[0]),
            Layers = view.Layers("encoder.resblocks"),
            Embedding = projection[1],
        };
        if (config.Number("model.audio.encoder.layers") is { } layers && layers != shape.Layers)
        {
            throw view.Bad($"{layers} blocks, as the checkpoint's configuration says", $"{shape.Layers}");
        }
        if (shape.Bins != UsualBins || shape.PatchWidth > shape.Bins || kernels[1] is not (1 or 3))
        {
            throw view.Bad($"{UsualBins} mel bins and kernels of 1 or 3 channels within them", $"{shape.Bins} bins and kernels [{string.Join(", ", kernels)}]");
        }
        if (resolution is { } known && stride is { } step)
        {
            shape = shape with { Frames = known.Frames, StrideHeight = step.Time, StrideWidth = step.Mel };
            if (known.Frames >= shape.PatchHeight && (shape.Tokens(known.Frames) == positions[0] || positions[0] is 50 or 197))
            {
                return shape;
            }
        }
        foreach ((int time, int mel) in stride is { } given ? [given, .. usualStrides] : usualStrides)
        {
            shape = shape with { StrideHeight = time, StrideWidth = mel };
            int rows = (positions[0] - 1) / shape.GridColumns, least = (rows - 1) * time + shape.PatchHeight;
            if (rows > 0 && rows * shape.GridColumns == positions[0] - 1)
            {
                // Every count up to the next row gives this grid; whole seconds are likely.
                int whole = (least + FramesPerSecond - 1) / FramesPerSecond * FramesPerSecond;
                shape = shape with { Frames = whole < least + time ? whole : least };
                notes.Add($"The checkpoint does not say its resolution: {positions[0]} positions with stride {time} x {mel} are taken for {shape.Frames} frames.");
                return shape;
            }
        }
        throw view.Bad(
            $"positions for a grid of patches {shape.PatchHeight} x {shape.PatchWidth} over {shape.Bins} mel bins", $"{positions[0]} of them, which no usual stride gives",
            "Use a checkpoint that VIP-ANT's monitor saved: it holds the configuration.");
    }

    private static (TextTowerShape Shape, ParameterSet Weights, string Path) Text(WeightView view)
    {
        (TextTowerShape shape, ParameterSet weights) = ClipWeights.Text(view);
        return (shape, weights, view.Path);
    }

    /// <summary>The checkpoint's own text tower, if it was trained with the others.</summary>
    private static WeightView? OwnText(WeightFile audio) =>
        audio.PrefixesOf(TextName(ClipWeights.Anchor)).FirstOrDefault() is { } prefix ? new WeightView(audio, prefix, TextName) : null;

    /// <summary>VIP-ANT's name of one of CLIP's text parameters.</summary>
    private static string TextName(string name) => name switch
    {
        "positional_embedding" => Positions,
        "text_projection" => "post_encoder.proj",
        "token_embedding.weight" => "pre_encoder.token_embedding.weight",
        _ when name.StartsWith("transformer.", StringComparison.Ordinal) => "encoder." + name["transformer.".Length..],
        _ when name.StartsWith("ln_final.", StringComparison.Ordinal) => "post_encoder.ln." + name["ln_final.".Length..],
        _ => name,
    };
}
