using SoundSearch.Training.Run;

namespace SoundSearch.Training.Text;

/// <summary>
/// Batches of texts of similar length, so that little is spent on padding: each epoch shuffles all texts, sorts pools of
/// <see cref="PoolBatches"/> batches by length, cuts them and shuffles the batches and the rows in each. An epoch's order
/// depends on seed and epoch only, so a run resumes at any step without a state. What does not fill a batch waits for
/// another epoch's luck.
/// </summary>
public sealed class TextBatches
{
    private const int PoolBatches = 50;

    private readonly int[] texts;
    private readonly Func<int, int> length;
    private readonly ulong seed;
    private int[] order = [];
    private long epoch = -1;

    /// <param name="texts">Indices of the texts to draw from.</param>
    /// <param name="length">A text's number of tokens.</param>
    /// <param name="batch">Texts in a batch.</param>
    /// <param name="seed">Of the run.</param>
    public TextBatches(IEnumerable<int> texts, Func<int, int> length, int batch, ulong seed)
    {
        (this.texts, this.length, Batch, this.seed) = ([.. texts], length, batch, seed);
        PerEpoch = this.texts.Length / batch;
        ArgumentOutOfRangeException.ThrowIfLessThan(PerEpoch, 1, "texts in batches");
    }

    public int Batch { get; }

    public int PerEpoch { get; }

    /// <summary>The texts of a step's batch; valid until the next call.</summary>
    public ReadOnlySpan<int> At(long step)
    {
        if (step / PerEpoch != epoch)
        {
            epoch = step / PerEpoch;
            order = Order();
        }
        return order.AsSpan((int)(step % PerEpoch) * Batch, Batch);
    }

    private int[] Order()
    {
        var random = new RandomSource(seed + (ulong)epoch * 0x9E3779B97F4A7C15);
        int[] all = [.. texts];
        random.Shuffle<int>(all);
        int used = PerEpoch * Batch, pool = PoolBatches * Batch;
        for (int start = 0; start < used; start += pool)
        {
            int count = Math.Min(pool, used - start);
            int[] keys = new int[count];
            for (int i = 0; i < count; i++)
            {
                keys[i] = length(all[start + i]);
            }
            keys.AsSpan().Sort(all.AsSpan(start, count));
        }
        int[] batches = [.. Enumerable.Range(0, PerEpoch)];
        random.Shuffle<int>(batches);
        int[] result = new int[used];
        for (int i = 0; i < batches.Length; i++)
        {
            Span<int> rows = result.AsSpan(i * Batch, Batch);
            all.AsSpan(batches[i] * Batch, Batch).CopyTo(rows);
            random.Shuffle(rows);
        }
        return result;
    }
}
