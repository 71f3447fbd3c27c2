namespace SoundSearch.Training.Data;

/// <summary>How strongly samples are changed. Probabilities are from 0 to 1.</summary>
public sealed record AugmentationOptions
{
    /// <summary>Probability of a single sound.</summary>
    public double OneSound { get; init; } = 0.55;

    /// <summary>Probability of two sounds; the rest are three.</summary>
    public double TwoSounds { get; init; } = 0.35;

    /// <summary>Further sounds are up to so many dB softer than the first.</summary>
    public double Softer { get; init; } = 15;

    /// <summary>Lowest change of a sample's loudness in dB.</summary>
    public double LowestGain { get; init; } = -12;

    /// <summary>Highest change of a sample's loudness in dB.</summary>
    public double HighestGain { get; init; } = 6;

    /// <summary>Probability that a sound plays slower or faster.</summary>
    public double SpeedProbability { get; init; } = 0.5;

    /// <summary>Largest factor of speed; the smallest is its inverse.</summary>
    public double Speed { get; init; } = 1.25;

    /// <summary>Probability that a sound is shifted over the mel bins.</summary>
    public double PitchProbability { get; init; } = 0.5;

    /// <summary>Largest shift in mel bins, up or down, at most 7; above 1 kHz two semitones are some 4 bins.</summary>
    public double PitchBins { get; init; } = 4;

    /// <summary>Probability of a smooth curve of gains over the bins.</summary>
    public double EqualiserProbability { get; init; } = 0.5;

    /// <summary>Largest gain of that curve in dB, up or down.</summary>
    public double EqualiserGain { get; init; } = 6;

    /// <summary>Probability that everything above 4 to 12 kHz is missing, as in recordings at low rates.</summary>
    public double BandLimitProbability { get; init; } = 0.08;

    /// <summary>Probability of noise under the sample.</summary>
    public double NoiseProbability { get; init; } = 0.5;

    /// <summary>Probability that a sound shorter than the window begins with it, as at inference.</summary>
    public double StartAligned { get; init; } = 0.4;

    /// <summary>Probability that a sound shorter than half of the window is repeated.</summary>
    public double Repeated { get; init; } = 0.15;
}
