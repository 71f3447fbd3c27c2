using SoundSearch.Engine.Models;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Clips;

/// <summary>Real videos, or sounds with pictures: where they are listed and how they become clips.</summary>
public sealed record ClipOptions : PivotOptions
{
    /// <summary>Folder, beside the run's own, of the run that trained the image tower; empty: the image tower of the model whose text tower is used.</summary>
    public string Pivot { get; init; } = "";

    /// <summary>Table of the clips below the data folder (<see cref="ClipFolder"/>); empty: all videos of the folder.</summary>
    public string Index { get; init; } = "";

    /// <summary>Table of the clips to measure with; empty: <see cref="PivotOptions.HeldOutShare"/> of the others, by file.</summary>
    public string Validation { get; init; } = "";

    /// <summary>Longer videos are cut into clips of so many seconds; what is left over at the end stays out.</summary>
    public double Seconds { get; init; } = 10;

    /// <summary>Most clips to measure with, spread over all of them: comparing all with all takes memory by the square.</summary>
    public int MostMeasured { get; init; } = 5000;

    /// <exception cref="ArgumentException">A number that cannot be, or a tower that does not read spectrograms.</exception>
    public void Check(AudioTowerShape tower)
    {
        string? wrong = Wrong(tower)
            ?? (Frames is < 1 or > 100 ? "'frames' must be 1 to 100"
            : !(Seconds is >= 1 and <= ClipData.MaxSeconds) ? $"'seconds' must be 1 to {ClipData.MaxSeconds}"
            : MostMeasured < 2 ? "'mostMeasured' must be 2 or more"
            : Validation.Length == 0 && !(HeldOutShare is > 0 and < 1) ? "'heldOutShare' must be between 0 and 1"
            : Pivot.Length > 0 && !IsFolderName(Pivot) ? "'pivot' must be the name of a run's folder, or empty"
            : null);
        if (wrong is not null)
        {
            throw new ArgumentException($"In 'clips': {wrong}.");
        }
    }
}
