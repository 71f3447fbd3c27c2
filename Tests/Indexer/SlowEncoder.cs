namespace SoundSearch.Tests.Indexer;

/// <summary>Takes its time with each window, so that a test can do something meanwhile.</summary>
internal sealed class SlowEncoder(TimeSpan perWindow) : BandEncoder
{
    public override void Encode(IReadOnlyList<ReadOnlyMemory<float>> windows, Span<float> embeddings)
    {
        base.Encode(windows, embeddings);
        Thread.Sleep(perWindow * windows.Count);
    }
}
