namespace SoundSearch.Engine.Models;

/// <summary>
/// model.json. New members must be optional and null by default: the fingerprint is taken over the JSON of those that
/// shape the vectors, and models of earlier versions must keep theirs.
/// </summary>
public sealed record ModelDescription
{
    /// <summary>The only format so far.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Of model.json.</summary>
    public int Format { get; init; } = CurrentFormat;

    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>Of the weights, an SPDX expression where there is one.</summary>
    public required string Licence { get; init; }

    /// <summary>What it was trained on, in a sentence or two.</summary>
    public required string TrainingData { get; init; }

    /// <summary>Of everything that turns sound and text into vectors and is not a weight; raise it when that changes.</summary>
    public required int RecipeVersion { get; init; }

    public required AudioTowerShape Audio { get; init; }

    public required TextTowerShape Text { get; init; }

    public required FeatureRecipe Features { get; init; }

    public required WindowRule Window { get; init; }

    /// <summary>File of both towers' weights in the model's folder, names prefixed "audio." and "text.".</summary>
    public string Tensors { get; init; } = "weights.safetensors";

    /// <summary>File of the byte pair merges in the model's folder, plain or gzip.</summary>
    public string Merges { get; init; } = "merges.txt.gz";

    /// <exception cref="ArgumentException">Members contradict each other.</exception>
    public void Check()
    {
        Audio.Check();
        if (Text is not { Vocabulary: > 2, Context: >= 2, Width: > 0, Heads: > 0, Layers: >= 0, Embedding: > 0 })
        {
            throw new ArgumentException($"These sizes do not make a text tower: {Text}.");
        }
        if (Audio.Embedding != Text.Embedding)
        {
            throw new ArgumentException($"The towers' embeddings have {Audio.Embedding} and {Text.Embedding} values: they must share one space.");
        }
        if (Features.Frames < Audio.MinFrames || !(Window.Seconds is > 0 and < 3600) || !(Window.Overlap is >= 0 and < 1))
        {
            throw new ArgumentException($"No sound can be cut like this: {Window}, {Features}.");
        }
        Features.Create();
        if (Path.GetFileName(Tensors) != Tensors || Path.GetFileName(Merges) != Merges || Tensors.Length == 0 || Merges.Length == 0)
        {
            throw new ArgumentException($"'{Tensors}' and '{Merges}' must be names of files in the model's own folder.");
        }
    }
}
