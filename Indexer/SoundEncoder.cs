using System.Numerics.Tensors;
using SoundSearch.Engine.Audio;

namespace SoundSearch.Indexer;

/// <summary>Encodes one file, in or out of a library, with the windows that the indexer would use.</summary>
public static class SoundEncoder
{
    private const int Batch = 8;

    /// <summary>The file's segments in order; empty when it holds no samples.</summary>
    /// <exception cref="IOException">The file cannot be read or decoded; the message says why.</exception>
    public static IReadOnlyList<EncodedSegment> Encode(string path, IndexModel model, CancellationToken cancellation = default)
    {
        int rate = model.Encoder.SampleRate;
        int dimensions = model.Encoder.Dimensions;
        using MonoReader source = MonoReader.Open(path, rate);
        var reader = new WindowReader(model.Windows, rate);
        reader.Begin(source);
        var segments = new List<EncodedSegment>();
        var windows = new List<ReadOnlyMemory<float>>(Batch);
        var places = new List<(double Start, double End)>(Batch);
        float[] embeddings = new float[Batch * dimensions];
        bool more = true;
        while (more)
        {
            cancellation.ThrowIfCancellationRequested();
            float[] window = new float[model.Windows.WindowSamples(rate)];
            more = reader.Read(window);
            if (more)
            {
                windows.Add(window.AsMemory(0, reader.Length));
                places.Add(((double)reader.Start / rate, (double)reader.Samples / rate));
            }
            if (windows.Count == Batch || (!more && windows.Count > 0))
            {
                model.Encoder.Encode(windows, embeddings.AsSpan(0, windows.Count * dimensions));
                for (int i = 0; i < windows.Count; i++)
                {
                    segments.Add(new EncodedSegment(places[i].Start, places[i].End, embeddings.AsSpan(i * dimensions, dimensions).ToArray()));
                }
                windows.Clear();
                places.Clear();
            }
        }
        return segments;
    }

    /// <summary>One vector for a whole file: the mean of its segments, of unit length.</summary>
    /// <exception cref="IOException">The file cannot be read or decoded, or holds no samples.</exception>
    public static float[] EncodeWhole(string path, IndexModel model, CancellationToken cancellation = default)
    {
        IReadOnlyList<EncodedSegment> segments = Encode(path, model, cancellation);
        return segments.Count > 0 ? Mean(segments) : throw new IOException($"{path}: holds no samples. Export it again.");
    }

    /// <summary>The mean of segments, of unit length. Needs at least one.</summary>
    public static float[] Mean(IReadOnlyList<EncodedSegment> segments)
    {
        float[] mean = new float[segments[0].Embedding.Length];
        foreach (EncodedSegment segment in segments)
        {
            TensorPrimitives.Add(mean, segment.Embedding, mean);
        }
        float norm = TensorPrimitives.Norm(mean);
        TensorPrimitives.Divide(mean, norm > 0 ? norm : 1, mean);
        return mean;
    }
}
