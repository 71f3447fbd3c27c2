namespace SoundSearch.Training.Captioning;

/// <summary>Who hears what. All recordings of a set with folds are unlabelled, but for the test fold: its classes must be named by what was learned elsewhere.</summary>
public sealed record CaptionSplit
{
    /// <summary>Of the sets with folds.</summary>
    public string TestFold { get; init; } = "1";

    /// <summary>Share of the other sets' recordings.</summary>
    public double HeldOutShare { get; init; } = 0.1;

    public double ValidationShare { get; init; } = 0.05;

    public double NamedShare { get; init; } = 0.5;

    /// <summary>Another one, another split; runs of several seeds share one.</summary>
    public ulong Seed { get; init; } = 1;

    /// <exception cref="ArgumentException">The shares leave nothing unlabelled.</exception>
    public void Check()
    {
        if (!(HeldOutShare > 0 && ValidationShare > 0 && NamedShare > 0 && HeldOutShare + ValidationShare + NamedShare < 1))
        {
            throw new ArgumentException($"In 'split': shares must be above 0 and leave something unlabelled, not {HeldOutShare}, {ValidationShare} and {NamedShare}.");
        }
    }
}
