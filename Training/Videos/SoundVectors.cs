using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Videos;

/// <summary>First windows of sounds through an audio tower.</summary>
internal static class SoundVectors
{
    private const int Batch = 16;

    /// <summary>Unit vectors [sounds, embedding].</summary>
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
}
