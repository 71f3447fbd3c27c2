using System.Collections.Concurrent;
using SoundSearch.Engine.Features;

namespace SoundSearch.Engine.Models;

/// <summary>
/// Windows of sound through a front end and an audio tower, a few at a time. Each caller's thread does its own work, with
/// buffers from a pool, so in steady state nothing large is allocated.
/// </summary>
public sealed class AudioEncoder : IAudioEncoder
{
    private const int DefaultBatch = 8;

    private readonly AudioTower tower;
    private readonly IFeatureExtractor features;
    private readonly int maxBatch;
    private readonly ConcurrentBag<(float[] Input, AudioTowerBuffers Tower)> pool = [];

    /// <param name="tower">The weights.</param>
    /// <param name="features">Its front end, with as many bins as the tower.</param>
    /// <param name="windowSamples">Samples of a full window.</param>
    /// <param name="maxBatch">Windows computed together.</param>
    /// <exception cref="ArgumentException">Front end and tower do not fit together.</exception>
    public AudioEncoder(AudioTower tower, IFeatureExtractor features, int windowSamples, int maxBatch = DefaultBatch)
    {
        if (features.Bins != tower.Shape.Bins || features.Frames < tower.Shape.MinFrames)
        {
            throw new ArgumentException($"The front end makes {features.Frames} x {features.Bins} values, the tower reads {tower.Shape.Frames} x {tower.Shape.Bins}.", nameof(features));
        }
        (this.tower, this.features, WindowSamples, this.maxBatch) = (tower, features, windowSamples, maxBatch);
    }

    public int Dimensions => tower.Shape.Embedding;

    public int SampleRate => features.SampleRate;

    public int WindowSamples { get; }

    public AudioTower Tower => tower;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">embeddings is too small.</exception>
    public void Encode(IReadOnlyList<ReadOnlyMemory<float>> windows, Span<float> embeddings)
    {
        if (embeddings.Length < windows.Count * Dimensions)
        {
            throw new ArgumentException($"{windows.Count} windows need {windows.Count * Dimensions} values, not {embeddings.Length}.", nameof(embeddings));
        }
        int frames = features.Frames, size = frames * features.Bins;
        if (!pool.TryTake(out var work))
        {
            work = (new float[maxBatch * size], new AudioTowerBuffers(tower, maxBatch, frames, training: false));
        }
        for (int i = 0; i < windows.Count; i += maxBatch)
        {
            int batch = Math.Min(maxBatch, windows.Count - i);
            for (int n = 0; n < batch; n++)
            {
                ReadOnlySpan<float> window = windows[i + n].Span;
                features.Extract(window[..Math.Min(window.Length, WindowSamples)], work.Input.AsSpan(n * size, size)); // [frames, bins]
            }
            tower.Forward(work.Input.AsSpan(0, batch * size), batch, frames, work.Tower);
            UnitLength.Forward(work.Tower.Embeddings.Span, embeddings[(i * Dimensions)..], batch, Dimensions);
        }
        pool.Add(work);
    }
}
