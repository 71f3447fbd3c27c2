namespace SoundSearch.Training.Data;

/// <summary>Batches in order, made ahead on worker threads. Batch b holds samples b * size .. (b + 1) * size - 1.</summary>
public sealed class SamplePrefetcher : IDisposable
{
    private readonly SampleFeeder feeder;
    private readonly int size;
    private readonly Queue<Task<SampleBatch>> ahead = [];
    private SampleBatch? current;
    private long next;

    /// <param name="feeder">Makes the samples.</param>
    /// <param name="size">Samples in a batch.</param>
    /// <param name="firstBatch">Where to begin, or to resume.</param>
    /// <param name="depth">Batches made ahead, each by one thread.</param>
    public SamplePrefetcher(SampleFeeder feeder, int size, long firstBatch, int depth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        (this.feeder, this.size, next) = (feeder, size, firstBatch);
        for (int i = 0; i < depth; i++)
        {
            Start(new SampleBatch(size, feeder.MelSize));
        }
    }

    /// <summary>The next batch; valid until the next call.</summary>
    public SampleBatch Next()
    {
        if (current != null)
        {
            Start(current);
        }
        return current = ahead.Dequeue().GetAwaiter().GetResult();
    }

    /// <summary>Waits for what is being made.</summary>
    public void Dispose()
    {
        while (ahead.TryDequeue(out Task<SampleBatch>? task))
        {
            ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        }
    }

    private void Start(SampleBatch batch)
    {
        batch.Number = next++;
        ahead.Enqueue(Task.Run(() =>
        {
            feeder.Fill(batch.Number * size, size, batch.Mels, batch.Scores, batch.Embeddings, batch.Origins, batch.Workspace);
            return batch;
        }));
    }
}
