using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>
/// CLIP's towers out of a checkpoint under OpenAI's names: a TorchScript archive (ViT-B-32.pt) or a state dict, in one of
/// which all sizes stand as shapes. Widths, layers, patch and grid, vocabulary and context are taken from there.
/// </summary>
public static class ClipWeights
{
    internal const string Anchor = "token_embedding.weight";

    /// <summary>Ids of CLIP's tokenizer that no merge makes: 256 bytes, 256 at a word's end, start and end of text.</summary>
    private const int IdsWithoutMerges = 514;

    /// <summary>Text and image tower of a checkpoint.</summary>
    /// <exception cref="FileFormatException">A tensor is missing, of another shape, or the architecture is another one.</exception>
    public static ModelContents Read(WeightFile file, ImportOptions options)
    {
        WeightView view = Open(file);
        (TextTowerShape text, ParameterSet textWeights) = Text(view);
        (AudioTowerShape image, ParameterSet imageWeights) = Image(view);
        var description = new ModelDescription
        {
            Name = options.Name,
            Version = "1",
            Licence = options.Licence,
            TrainingData = $"CLIP checkpoint '{Path.GetFileName(file.Path)}' (Radford et al. 2021): pictures with captions.",
            RecipeVersion = 1,
            Text = text,
            Image = image,
            Merges = "",
        };
        return WithMerges(new ModelContents(description) { Text = textWeights, Image = imageWeights }, options);
    }

    /// <summary>Text and image tower of Hugging Face's CLIPModel.</summary>
    /// <exception cref="FileFormatException">A file is missing or damaged, a tensor is missing or of another shape, or the architecture is another one.</exception>
    public static ModelContents Read(HuggingFaceFolder folder, ImportOptions options)
    {
        TextTowerShape text = HuggingFaceClip.ReadTextShape(folder.Config);
        AudioTowerShape image = HuggingFaceClip.ReadImageShape(folder.Config);
        var description = new ModelDescription
        {
            Name = options.Name,
            Version = "1",
            Licence = options.Licence,
            TrainingData = $"CLIP '{folder.Name}' (Radford et al. 2021): pictures with captions.",
            RecipeVersion = 1,
            Text = text,
            Image = image,
            Merges = "",
        };
        var contents = new ModelContents(description)
        {
            Text = HuggingFaceClip.LoadText(text, folder.Weights.Read, folder.Weights.Path),
            Image = HuggingFaceClip.LoadImage(image, folder.Weights.Read, folder.Weights.Path),
        };
        return folder.HasTokenizer ? folder.WithTokenizer(contents) : WithMerges(contents, options);
    }

    /// <summary>Where OpenAI's names begin in a file.</summary>
    /// <exception cref="FileFormatException">Nowhere.</exception>
    internal static WeightView Open(WeightFile file)
    {
        foreach (string prefix in file.PrefixesOf(Anchor))
        {
            var view = new WeightView(file, prefix);
            if (view.Has("text_projection"))
            {
                return view;
            }
        }
        throw Architectures.Unknown(file, "CLIP's text tower (token_embedding.weight, text_projection, transformer.resblocks.N…)");
    }

    /// <summary>The text tower; the view's names are OpenAI's.</summary>
    internal static (TextTowerShape Shape, ParameterSet Weights) Text(WeightView view)
    {
        int[] positions = view.Require("positional_embedding", 2), tokens = view.Require(Anchor, 2), projection = view.Require("text_projection", 2);
        var shape = new TextTowerShape(
            Vocabulary: tokens[0], Context: positions[0], Width: positions[1], Heads: view.Heads(positions[1]), Layers: view.Layers("transformer.resblocks"), Embedding: projection[1]);
        return (shape, ParameterSet.Load(shape.Layout(), view.Read, view.Path));
    }

    /// <summary>The image tower, which must be a ViT.</summary>
    internal static (AudioTowerShape Shape, ParameterSet Weights) Image(WeightView view)
    {
        if (view.Has("visual.layer1.0.conv1.weight"))
        {
            throw view.Bad("CLIP with a ViT for its image tower", "one with a ResNet", "Use ViT-B-32.pt, ViT-B-16.pt or ViT-L-14.pt.");
        }
        int[] kernels = view.Require("visual.conv1.weight", 4), positions = view.Require("visual.positional_embedding", 2), projection = view.Require("visual.proj", 2);
        int side = (int)Math.Sqrt(positions[0] - 1), patch = kernels[2];
        if (side * side != positions[0] - 1 || side == 0 || kernels[3] != patch || kernels[1] != 3)
        {
            throw view.Bad(
                "a square grid of square patches of 3 channels",
                $"positions [{string.Join(", ", positions)}] and kernels [{string.Join(", ", kernels)}]");
        }
        var shape = new AudioTowerShape
        {
            Frames = side * patch,
            Bins = side * patch,
            Channels = 3,
            PatchHeight = patch,
            PatchWidth = patch,
            StrideHeight = patch,
            StrideWidth = patch,
            Width = kernels[0],
            Heads = view.Heads(kernels[0]),
            Layers = view.Layers("visual.transformer.resblocks"),
            Embedding = projection[1],
        };
        return (shape, ClipVisual.Load(shape, view.Read, view.Path));
    }

    /// <summary>Adds CLIP's tokenizer, cut to the text tower's vocabulary.</summary>
    internal static ModelContents WithMerges(ModelContents contents, ImportOptions options)
    {
        const string Name = "merges.txt";
        int vocabulary = contents.Description.Text!.Vocabulary;
        if (vocabulary < IdsWithoutMerges || options.MergesPath is null)
        {
            contents.Notes.Add(vocabulary < IdsWithoutMerges
                ? $"No tokenizer of CLIP has a vocabulary of {vocabulary} tokens (the smallest has {IdsWithoutMerges}): the model cannot read texts."
                : "No merges file was given: the model cannot read texts.");
            return contents;
        }
        contents.Files[Name] = Engine.Text.ClipMerges.Take(options.MergesPath, vocabulary - IdsWithoutMerges);
        return contents with { Description = contents.Description with { Merges = Name } };
    }
}
