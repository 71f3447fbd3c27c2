namespace SoundSearch.Engine.Kernels;

/// <summary>Who computes a matrix product.</summary>
public enum GemmProvider
{
    /// <summary>This library's own code: always there.</summary>
    Managed,

    /// <summary>oneDNN, where it is installed; see <see cref="OneDnn"/>.</summary>
    OneDnn,
}
