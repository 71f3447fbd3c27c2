namespace SoundSearch.Training.Contrastive;

/// <summary>Who makes steps of gradients.</summary>
public enum OptimizerKind
{
    /// <summary>VIP-ANT's: LARS, rates times batch / 256.</summary>
    Lars,

    /// <summary>AdamW for everything.</summary>
    AdamW,

    /// <summary>Muon for the hidden matrices, AdamW for the rest.</summary>
    Muon,
}
