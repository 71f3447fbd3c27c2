namespace SoundSearch.Tests.Indexer;

/// <summary>Takes its time with each window, so that a test can do something meanwhile; or stops after a few until it is let on.</summary>
internal sealed class SlowEncoder(TimeSpan perWindow, ManualResetEventSlim? gate = null) : BandEncoder
{
    private const int BeforeGate = 8;

    private int windows;

    public override void Encode(IReadOnlyList<ReadOnlyMemory<float>> windows, Span<float> embeddings)
    {
        base.Encode(windows, embeddings);
        Thread.Sleep(perWindow * windows.Count);
        if (Interlocked.Add(ref this.windows, windows.Count) > BeforeGate)
        {
            gate?.Wait(TimeSpan.FromMinutes(1)); // a test that never opens it fails by itself
        }
    }
}
