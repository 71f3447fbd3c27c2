using System.Collections.Concurrent;
using SoundSearch.Engine.Features;

namespace SoundSearch.Engine.Models;

/// <summary>
/// Windows of sound through CLAP's front end and audio tower, a few at a time. Each caller's thread does its own work, with
/// buffers from a pool, so in steady state nothing large is allocated. The same window always gives the same vector,
/// whatever else is encoded with it, which is not so in the original:
/// a fused tower hears a window longer than 10 s as a whole, with crops of it that are chosen by rule
/// (<see cref="ClapFeatures.CropStarts"/>) and not at random; a shorter one is not fused, unless the recipe says so
/// (<see cref="ClapFeatureRecipe.ShortIsLonger"/>). An unfused tower hears the first 10 s, not a random part.
/// </summary>
public sealed class ClapAudioEncoder : IAudioEncoder
{
    private const int DefaultBatch = 8;

    private readonly ClapAudioTower tower;
    private readonly ClapFeatures features;
    private readonly int maxBatch;
    private readonly ConcurrentBag<(float[] Input, bool[] Longer, ClapAudioBuffers Tower)> pool = [];

    /// <param name="tower">The weights.</param>
    /// <param name="features">Its front end.</param>
    /// <param name="windowSamples">Samples of a full window; 0: as many as the front end's (10 s). More are for fused towers.</param>
    /// <param name="maxBatch">Windows computed together.</param>
    /// <exception cref="ArgumentException">Front end and tower do not fit together, or the windows are longer than they can hear.</exception>
    public ClapAudioEncoder(ClapAudioTower tower, ClapFeatures features, int windowSamples = 0, int maxBatch = DefaultBatch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBatch, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(windowSamples);
        if (features.Bins != tower.Shape.Bins || features.Frames > tower.Shape.MaxFrames || features.Channels != tower.Shape.Channels)
        {
            throw new ArgumentException(
                $"The front end makes {features.Channels} x {features.Frames} x {features.Bins} values, the tower reads {tower.Shape.Channels} x up to {tower.Shape.MaxFrames} x {tower.Shape.Bins}.",
                nameof(features));
        }
        WindowSamples = windowSamples == 0 ? features.Recipe.WindowSamples : windowSamples;
        if (WindowSamples > features.Recipe.WindowSamples && !tower.Shape.Fused)
        {
            throw new ArgumentException(
                $"Windows of {WindowSamples} samples are longer than the {features.Recipe.WindowSamples} that this tower hears; only a fused one hears longer sounds.", nameof(windowSamples));
        }
        (this.tower, this.features, this.maxBatch) = (tower, features, maxBatch);
    }

    public int Dimensions => tower.Shape.Embedding;

    public int SampleRate => features.SampleRate;

    public int WindowSamples { get; }

    public ClapAudioTower Tower => tower;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">embeddings is too small.</exception>
    public void Encode(IReadOnlyList<ReadOnlyMemory<float>> windows, Span<float> embeddings)
    {
        if (embeddings.Length < windows.Count * Dimensions)
        {
            throw new ArgumentException($"{windows.Count} windows need {windows.Count * Dimensions} values, not {embeddings.Length}.", nameof(embeddings));
        }
        int size = features.Channels * features.Frames * features.Bins;
        if (!pool.TryTake(out var work))
        {
            work = (new float[maxBatch * size], new bool[maxBatch], new ClapAudioBuffers(tower, maxBatch));
        }
        for (int i = 0; i < windows.Count; i += maxBatch)
        {
            int batch = Math.Min(maxBatch, windows.Count - i);
            for (int n = 0; n < batch; n++)
            {
                ReadOnlySpan<float> window = windows[i + n].Span;
                work.Longer[n] = Extract(window[..Math.Min(window.Length, WindowSamples)], work.Input.AsSpan(n * size, size));
            }
            tower.Forward(work.Input.AsSpan(0, batch * size), work.Longer.AsSpan(0, batch), batch, features.Frames, work.Tower);
            UnitLength.Forward(work.Tower.Embeddings.Span, embeddings[(i * Dimensions)..], batch, Dimensions);
        }
        pool.Add(work);
    }

    /// <summary>input [channels, frames, bins]; whether it is to be fused.</summary>
    private bool Extract(ReadOnlySpan<float> window, Span<float> input)
    {
        if (tower.Shape.Fused)
        {
            return features.ExtractFused(window, input);
        }
        features.Extract(window, input);
        return false;
    }
}
