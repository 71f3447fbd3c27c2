namespace SoundSearch.Engine.Models;

/// <summary>What a checkpoint does not say about itself.</summary>
public sealed record ImportOptions
{
    /// <summary>Name of the model.</summary>
    public required string Name { get; init; }

    /// <summary>Of the weights; checkpoints do not say.</summary>
    public string Licence { get; init; } = "unknown";

    /// <summary>CLIP's merges (bpe_simple_vocab_16e6.txt.gz), for checkpoints that come without a tokenizer.</summary>
    public string? MergesPath { get; init; }

    /// <summary>VIP-ANT: seconds of sound that the tower is to hear; null: as many as the checkpoint's.</summary>
    public int? Seconds { get; init; }

    /// <summary>VIP-ANT: sample rate in Hz of the sounds it was trained on.</summary>
    public int SampleRate { get; init; } = 16_000;
}
