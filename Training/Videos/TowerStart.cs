namespace SoundSearch.Training.Videos;

/// <summary>The audio tower's first weights.</summary>
public enum TowerStart
{
    Random,

    /// <summary>The image tower's, positions and kernels resized (VIP-ANT, section 3).</summary>
    Image,
}
