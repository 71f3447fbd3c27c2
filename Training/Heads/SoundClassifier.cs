using System.Numerics.Tensors;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Evaluation;

namespace SoundSearch.Training.Heads;

/// <summary>An audio tower with a linear layer from its features to the logits of classes. A sound's logits are the mean over its windows.</summary>
public sealed class SoundClassifier
{
    /// <summary>The head begins at 0, where all classes are equally likely; a linear layer needs no noise to learn.</summary>
    /// <param name="tower">Shared, not copied.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="input">What the head reads.</param>
    public SoundClassifier(AudioTower tower, int classes, HeadInput input)
    {
        (Tower, Input) = (tower, input);
        Width = input == HeadInput.Pooled ? tower.Shape.Width : tower.Shape.Embedding;
        Parameters = new ParameterSet([new("head.weight", [classes, Width]), new("head.bias", [classes])]);
        Head = Over(Parameters, classes, Width);
    }

    public AudioTower Tower { get; }

    public HeadInput Input { get; }

    /// <summary>Values that the head reads.</summary>
    public int Width { get; }

    /// <summary>The head's.</summary>
    public ParameterSet Parameters { get; }

    public Linear Head { get; }

    /// <summary>What the head reads of each sound, the mean over its windows: [items, <see cref="Width"/>].</summary>
    public float[] Vectors(ILabelledSounds sounds, IReadOnlyList<int> items)
    {
        AudioTowerShape shape = Tower.Shape;
        // Another tower over the same weights: one that is being trained must not remember packed ones.
        var tower = new AudioTower(Tower.Parameters, shape);
        int most = items.Select(sounds.Windows).DefaultIfEmpty(1).Max(), size = shape.Frames * shape.Bins;
        float[] vectors = new float[items.Count * Width];
        Parallel.For(
            0, items.Count,
            () => (Input: new float[most * size], Buffers: new AudioTowerBuffers(tower, most, shape.Frames, training: false)),
            (i, _, work) =>
            {
                int count = sounds.Windows(items[i]);
                for (int w = 0; w < count; w++)
                {
                    sounds.Window(items[i], w, work.Input.AsSpan(w * size, size));
                }
                tower.Forward(work.Input.AsSpan(0, count * size), count, shape.Frames, work.Buffers);
                ReadOnlySpan<float> features = Features(work.Buffers, count);
                Span<float> mean = vectors.AsSpan(i * Width, Width);
                for (int w = 0; w < count; w++)
                {
                    TensorPrimitives.MultiplyAdd(features.Slice(w * Width, Width), 1f / count, mean, mean);
                }
                return work;
            },
            _ => { });
        return vectors;
    }

    /// <summary>Logits [items, classes]; of a linear head, the mean over windows is that of the windows' mean vector.</summary>
    public SimilarityMatrix Scores(ReadOnlySpan<float> vectors)
    {
        int count = vectors.Length / Width;
        float[] logits = new float[count * Head.Outputs];
        Head.Forward(vectors, logits, count, training: true); // unpacked: weights may change afterwards
        return new SimilarityMatrix(logits, count, Head.Outputs);
    }

    /// <summary>Writes the head and, with <paramref name="tower"/>, the tower, under their own names; replaces a file at once.</summary>
    public void Save(string path, bool tower)
    {
        SafetensorsFile.Write(path + ".tmp", tower ? [.. Tower.Parameters.Tensors, .. Parameters.Tensors] : Parameters.Tensors);
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <summary>Takes the weights of a file that <see cref="Save"/> wrote into this head, and into its tower if they are there.</summary>
    /// <exception cref="FileFormatException">The file is no such file, or of other sizes.</exception>
    public void Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        ParameterSet head = ParameterSet.Load(Parameters.Layout, file);
        if (file.Entries.Count > Parameters.Layout.Count)
        {
            ParameterSet.Load(Tower.Parameters.Layout, file).Values.CopyTo(Tower.Parameters.Values);
        }
        head.Values.CopyTo(Parameters.Values);
    }

    /// <summary>[batch, <see cref="Width"/>] of the buffers' last forward pass.</summary>
    internal ReadOnlySpan<float> Features(AudioTowerBuffers b, int batch) => (Input == HeadInput.Pooled ? b.Normal : b.Embeddings).Span[..(batch * Width)];

    /// <summary>The head over another set of the same layout: gradients.</summary>
    internal Linear Over(ParameterSet gradients) => Over(gradients, Head.Outputs, Width);

    private static Linear Over(ParameterSet parameters, int classes, int width) => new(parameters, "head.weight", "head.bias", classes, width);
}
