using System.Numerics.Tensors;
using SoundSearch.Engine.Audio;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>A file between decoding and writing: some of its windows may still wait in a batch.</summary>
internal sealed class PendingFile(FoundFile file, ContentHash hash)
{
    private readonly List<(double Start, double End, Half[]? Embedding)> segments = [];
    private int waiting;
    private bool decoded;
    private bool finished;
    private string? failure;
    private FileStatus failureStatus;

    public AudioMetadata Metadata { get; set; } = AudioMetadata.Empty;

    public int SampleRate { get; set; }

    public int Channels { get; set; }

    public double Duration { get; set; }

    /// <summary>Notes a window whose vector will come, and gives its place.</summary>
    public int AddWindow(double start, double end)
    {
        segments.Add((start, end, null));
        waiting++;
        return segments.Count - 1;
    }

    public void SetEmbedding(int place, ReadOnlySpan<float> embedding)
    {
        waiting--;
        float norm = TensorPrimitives.Norm(embedding);
        if (!(norm > 0.5f && norm < 2f))
        {
            // A length of 1 is the encoder's contract; anything far from it, or not a number, would rank at random.
            Fail(FileStatus.Undecodable, $"the model gives a vector of length {norm} at {segments[place].Start:F1} s, expected 1");
            return;
        }
        var halves = new Half[embedding.Length];
        for (int i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)(embedding[i] / norm);
        }
        segments[place] = segments[place] with { Embedding = halves };
    }

    /// <summary>No more windows will come.</summary>
    public void EndDecoding() => decoded = true;

    public void Fail(FileStatus status, string reason)
    {
        (failureStatus, failure) = (status, failure ?? reason);
        decoded = true;
    }

    /// <summary>The result, once: when every window has its vector. Null before and after.</summary>
    public FileResult? TryFinish()
    {
        if (!decoded || waiting > 0 || finished)
        {
            return null;
        }
        finished = true;
        return failure is null
            ? new FileResult.Encoded(file, hash, Metadata, SampleRate, Channels, Duration, segments.ConvertAll(s => (s.Start, s.End, s.Embedding!)))
            : new FileResult.Failed(file, hash, failureStatus, failure);
    }
}
