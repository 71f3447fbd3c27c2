using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Pictures;

/// <summary>Pictures through a frozen image tower.</summary>
public static class PictureVectors
{
    private const int Batch = 32;

    /// <summary>Unit vectors [pictures, embedding].</summary>
    /// <exception cref="ArgumentException">The tower reads pictures of another size.</exception>
    public static float[] Of(AudioTower tower, PictureStore store, IReadOnlyList<int> pictures)
    {
        AudioTowerShape shape = tower.Shape;
        if (shape.Frames != store.Side || shape.Bins != store.Side || shape.Channels != 3)
        {
            throw new ArgumentException($"The store's pictures have {store.Side} x {store.Side} pixels of 3 channels; the tower reads {shape.Frames} x {shape.Bins} of {shape.Channels}.", nameof(tower));
        }
        int size = store.Side * store.Side * 3, width = shape.Embedding;
        float[] vectors = new float[pictures.Count * width], inputs = new float[Batch * size];
        var buffers = new AudioTowerBuffers(tower, Batch, shape.Frames, training: false);
        for (int first = 0; first < pictures.Count; first += Batch)
        {
            int count = Math.Min(Batch, pictures.Count - first);
            for (int i = 0; i < count; i++)
            {
                PictureInput.Normalise(store.Pixels(pictures[first + i]), inputs.AsSpan(i * size, size));
            }
            tower.Forward(inputs.AsSpan(0, count * size), count, shape.Frames, buffers);
            UnitLength.Forward(buffers.Embeddings.Span, vectors.AsSpan(first * width), count, width);
        }
        return vectors;
    }
}
