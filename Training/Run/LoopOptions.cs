namespace SoundSearch.Training.Run;

/// <summary>How long a run goes, what it writes down and when.</summary>
public sealed record LoopOptions
{
    /// <summary>Gets checkpoint and log.</summary>
    public required string Folder { get; init; }

    public string CheckpointName { get; init; } = TrainingLoop.CheckpointName;

    public string LogName { get; init; } = TrainingLoop.LogName;

    /// <summary>Everything that makes another run of it, as text; a checkpoint of another recipe is refused.</summary>
    public required string Recipe { get; init; }

    /// <summary>What checkpoints call the recipe.</summary>
    public string RecipeKey { get; init; } = "recipe";

    /// <summary>Before this step another checkpoint is written, under this name: from there a run may go on to another end.</summary>
    public (long Step, string Name)? Branch { get; init; }

    public required long Steps { get; init; }

    /// <summary>Samples of a step.</summary>
    public required int Batch { get; init; }

    /// <summary>The schedule: factor on the learning rates for step 0, 1, ...</summary>
    public required Func<long, double> Rate { get; init; }

    /// <summary>Names of what a step returns.</summary>
    public required IReadOnlyList<string> Losses { get; init; }

    /// <summary>Names of what a validation returns; the more the better.</summary>
    public required IReadOnlyList<string> Figures { get; init; }

    /// <summary>Which of the figures says whether a validation is the best so far.</summary>
    public int Decisive { get; init; }

    /// <summary>Validations without a better one after which the run ends; 0: never.</summary>
    public int Patience { get; init; }

    /// <summary>Keep the weights of the last validation instead of the best one's: what is measured then has chosen nothing.</summary>
    public bool KeepLast { get; init; }

    public int LogEvery { get; init; } = 50;

    public int ValidateEvery { get; init; } = 250;

    public int CheckpointEvery { get; init; } = 250;
}
