namespace SoundSearch.Engine.Kernels;

/// <summary>Each thread's panels, kept between calls.</summary>
internal static class GemmScratch
{
    [ThreadStatic]
    public static AlignedBuffer? Panels;

    /// <summary>Panels of a head's keys and values, and scores.</summary>
    [ThreadStatic]
    public static AlignedBuffer? Attention;
}
