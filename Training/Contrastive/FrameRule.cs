namespace SoundSearch.Training.Contrastive;

/// <summary>Which of a clip's frames its sound is matched with.</summary>
public enum FrameRule
{
    /// <summary>One at random in each step (VIP-ANT, section 3).</summary>
    Random,

    /// <summary>Nearest Match (Tsubaki et al. 2024): at random in the first epochs, then the frame of highest cosine with the sound.</summary>
    Nearest,

    /// <summary>Multiframe Match (the same): every frame, the losses averaged.</summary>
    Multi,
}
