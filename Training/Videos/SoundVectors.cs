using System.Numerics.Tensors;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Videos;

/// <summary>Stored sounds through an audio tower.</summary>
internal static class SoundVectors
{
    private const int Batch = 16;

    /// <summary>Unit vectors [sounds, embedding] of their first windows.</summary>
    public static float[] Of(AudioTower tower, SoundMixture mixture, IReadOnlyList<int> sounds)
    {
        AudioTowerShape shape = tower.Shape;
        int size = shape.Frames * shape.Bins, width = shape.Embedding;
        float[] vectors = new float[sounds.Count * width], windows = new float[Batch * size];
        var buffers = new AudioTowerBuffers(tower, Batch, shape.Frames, training: false);
        for (int first = 0; first < sounds.Count; first += Batch)
        {
            int count = Math.Min(Batch, sounds.Count - first);
            for (int i = 0; i < count; i++)
            {
                SoundWindow.Plain(mixture.Rows(sounds[first + i]), windows.AsSpan(i * size, size));
            }
            tower.Forward(windows.AsSpan(0, count * size), count, shape.Frames, buffers);
            UnitLength.Forward(buffers.Embeddings.Span, vectors.AsSpan(first * width), count, width);
        }
        return vectors;
    }

    /// <summary>Unit vectors [sounds, embedding]: the mean of all windows of each.</summary>
    /// <param name="tower">With batch norm's running statistics, as in use.</param>
    /// <param name="windows">Of each sound, as <see cref="MelWindows.Cut"/> gives them.</param>
    public static float[] OfWhole(AudioTower tower, IEnumerable<float[]> windows)
    {
        AudioTowerShape shape = tower.Shape;
        int size = shape.Frames * shape.Bins, width = shape.Embedding;
        List<float> vectors = [];
        float[] units = [], mean = new float[width];
        AudioTowerBuffers? buffers = null;
        foreach (float[] sound in windows)
        {
            int count = sound.Length / size;
            if (buffers is null || units.Length < count * width)
            {
                buffers = new AudioTowerBuffers(tower, count, shape.Frames, training: false);
                units = new float[count * width];
            }
            tower.Forward(sound, count, shape.Frames, buffers);
            UnitLength.Forward(buffers.Embeddings.Span, units, count, width);
            Array.Clear(mean);
            for (int w = 0; w < count; w++)
            {
                TensorPrimitives.Add(mean, units.AsSpan(w * width, width), mean);
            }
            UnitLength.Forward(mean, mean, 1, width);
            vectors.AddRange(mean);
        }
        return [.. vectors];
    }
}
