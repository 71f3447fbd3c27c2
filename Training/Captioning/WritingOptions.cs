namespace SoundSearch.Training.Captioning;

/// <summary>How captions are written.</summary>
public sealed record WritingOptions
{
    /// <summary>Name of the captioner's recipe: its run of the same seed writes.</summary>
    public string Captioner { get; init; } = "blat-captioner";

    /// <summary>Whether the tagger guides.</summary>
    public bool Tags { get; init; } = true;

    /// <summary>1: greedy.</summary>
    public int Beams { get; init; } = 4;

    /// <summary>See <see cref="Hypothesis.Score"/>.</summary>
    public double LengthPower { get; init; } = 0.8;

    /// <exception cref="ArgumentException">A number or a name that cannot be.</exception>
    public void Check()
    {
        string? wrong =
            Beams is < 1 or > 64 ? $"{Beams} beams; 1 to 64 are possible"
            : !(LengthPower is >= 0 and <= 4) ? "'lengthPower' must be from 0 to 4"
            : Captioner.Length == 0 || Path.GetFileName(Captioner) != Captioner ? "'captioner' must be the name of a recipe"
            : null;
        if (wrong is not null)
        {
            throw new ArgumentException($"In 'writing': {wrong}.");
        }
    }
}
