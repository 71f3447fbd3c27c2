namespace SoundSearch.Training.Run;

/// <summary>
/// Which items make step 0, 1, ...: a new order for each epoch, which the seed and the epoch alone decide; what does not fill a
/// batch waits for the next. Not for use from two threads at once.
/// </summary>
public sealed class EpochOrder
{
    private readonly int batch;
    private readonly ulong seed;
    private readonly int[] order;
    private long epoch = -1;

    /// <exception cref="ArgumentException">There are fewer items than a batch has.</exception>
    public EpochOrder(int count, int batch, ulong seed)
    {
        if (batch < 1 || count < batch)
        {
            throw new ArgumentException($"{count} items do not fill a batch of {batch}.", nameof(batch));
        }
        (this.batch, this.seed) = (batch, seed);
        order = new int[count];
    }

    public long StepsPerEpoch => order.Length / batch;

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<int> Items(long step)
    {
        if (step / StepsPerEpoch != epoch)
        {
            epoch = step / StepsPerEpoch;
            for (int i = 0; i < order.Length; i++)
            {
                order[i] = i;
            }
            new RandomSource(seed * 0x9E3779B97F4A7C15 + (ulong)epoch).Shuffle(order.AsSpan());
        }
        return order.AsSpan((int)(step % StepsPerEpoch) * batch, batch);
    }
}
