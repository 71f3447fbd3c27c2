namespace SoundSearch.Engine.Features;

/// <summary>Two ways to say how high a frequency sounds.</summary>
public enum MelScale
{
    /// <summary>Slaney's Auditory Toolbox: 3 f / 200 below 1 kHz, then 15 + 27 ln(f / 1000) / ln 6.4.</summary>
    Slaney,

    /// <summary>HTK: 2595 log10(1 + f / 700).</summary>
    Htk,
}
