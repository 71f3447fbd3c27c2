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

    /// <summary>
    /// Where each tower's vectors are measured from, of <see cref="SoundModel.CentreLayout"/>; null for towers that are used as they
    /// are. All sounds of a collection are alike in something, and so are all texts; what is left without it tells them apart, and
    /// no sound lies near every text (Suzuki et al. 2013, "Centering similarity measures to reduce hubs").
    /// </summary>
    public ParameterSet? Centre { get; init; }

    /// <summary>The tokenizer's files, by the names that the description gives.</summary>
    public Dictionary<string, byte[]> Files { get; init; } = [];

    /// <summary>What was recognised and guessed, for people.</summary>
    public List<string> Notes { get; init; } = [];

    internal IEnumerable<(string Prefix, ParameterSet Weights)> Parts => new (string Prefix, ParameterSet? Weights)[]
    {
        (ModelFolder.AudioPrefix, Audio), (ModelFolder.TextPrefix, Text), (ModelFolder.ImagePrefix, Image), (ModelFolder.CentrePrefix, Centre),
    }.Where(part => part.Weights is not null).Select(part => (part.Prefix, part.Weights!));
}
