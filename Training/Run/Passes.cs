namespace SoundSearch.Training.Run;

/// <summary>
/// Gradient accumulation: the rows of one shard in several passes, one after the other, so that only one pass's activations are in
/// memory. Losses that are means over samples add up as they are; a contrastive loss needs the vectors of the whole batch first, so its
/// trainers embed all passes, take the loss once, and compute each pass again for its way back (GradCache, Gao et al. 2021). Either
/// way the gradient is that of one pass, to rounding, unless there is batch norm, which sees a pass at a time as it sees a shard.
/// </summary>
public readonly record struct Passes
{
    private readonly int rows;

    /// <param name="rows">Of a shard.</param>
    /// <param name="accumulate">The recipe's number; 0 is 1.</param>
    /// <exception cref="ArgumentException">Some pass would have no row.</exception>
    public Passes(int rows, int accumulate)
    {
        (this.rows, Count) = (rows, Math.Max(1, accumulate));
        if (accumulate < 0 || (accumulate > 1 && accumulate > rows))
        {
            throw new ArgumentException($"The recipe cannot be run: {rows} samples, the part of a batch that a shard has, cannot be computed in {accumulate} passes; correct 'accumulate'.", nameof(accumulate));
        }
    }

    public int Count { get; }

    /// <summary>Rows of the largest pass: what buffers are made for.</summary>
    public int Largest => (rows + Count - 1) / Count;

    /// <summary>The rows of one; passes differ by one row at most.</summary>
    public (int First, int Count) this[int pass]
    {
        get
        {
            int first = (int)((long)rows * pass / Count), end = (int)((long)rows * (pass + 1) / Count);
            return (first, end - first);
        }
    }
}
