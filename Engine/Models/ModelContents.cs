namespace SoundSearch.Engine.Models;

/// <summary>All that a model folder is written from: what training or an import made.</summary>
public sealed record ModelContents(ModelDescription Description)
{
    /// <summary>Of <see cref="AudioTowerShape.Layout"/> or <see cref="ClapAudioShape.Layout"/>; null when there is no audio tower.</summary>
    public ParameterSet? Audio { get; init; }

    /// <summary>Of <see cref="TextTowerShape.Layout"/> or <see cref="RobertaShape.Layout"/>; null when there is no text tower.</summary>
    public ParameterSet? Text { get; init; }

    /// <summary>Of the image tower's <see cref="AudioTowerShape.Layout"/>; null when there is none.</summary>
    public ParameterSet? Image { get; init; }

    /// <summary>The query offset, of <see cref="SoundModel.QueryLayout"/>; null when questions are the text tower's vectors as they are.</summary>
    public ParameterSet? Query { get; init; }

    /// <summary>The tokenizer's files, by the names that the description gives.</summary>
    public Dictionary<string, byte[]> Files { get; init; } = [];

    /// <summary>What was recognised and guessed, for people.</summary>
    public List<string> Notes { get; init; } = [];

    internal IEnumerable<(string Prefix, ParameterSet Weights)> Parts => new (string Prefix, ParameterSet? Weights)[]
    {
        (ModelFolder.AudioPrefix, Audio), (ModelFolder.TextPrefix, Text), (ModelFolder.ImagePrefix, Image), (ModelFolder.QueryPrefix, Query),
    }.Where(part => part.Weights is not null).Select(part => (part.Prefix, part.Weights!));
}
