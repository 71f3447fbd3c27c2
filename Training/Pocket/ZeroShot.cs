using System.Numerics.Tensors;
using SoundSearch.Engine;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Pocket;

/// <summary>
/// Held-out sounds against the names of their classes: accuracy of the nearest name (VIP-ANT's zero-shot protocol, cosine) and,
/// the other way round, precision of the first five sounds for each name.
/// </summary>
public sealed class ZeroShot
{
    /// <summary>VIP-ANT's prompt.</summary>
    public const string Prompt = "the sound of ";

    private const int First = 5;

    private readonly IReadOnlyList<LabelledClip> clips;
    private readonly string[] labels;
    private readonly float[] names; // [labels, width]

    public ZeroShot(IReadOnlyList<LabelledClip> clips, ITextEncoder text)
    {
        this.clips = clips;
        labels = [.. clips.Select(c => c.Label).Distinct().Order(StringComparer.Ordinal)];
        names = new float[labels.Length * text.Dimensions];
        text.Encode([.. labels.Select(l => Prompt + l)], names);
    }

    public int Classes => labels.Length;

    public int Clips => clips.Count;

    /// <summary>Accuracy and precision@5, both 0..1, with batch norm's running statistics as in use.</summary>
    public (double Accuracy, double Precision) Measure(AudioTower tower)
    {
        AudioTowerShape shape = tower.Shape;
        int window = shape.Frames * shape.Bins, width = shape.Embedding;
        int most = clips.Max(c => c.Windows.Length / window);
        var buffers = new AudioTowerBuffers(tower, most, shape.Frames, training: false);
        float[] cosines = new float[clips.Count * labels.Length]; // [clips, labels]
        float[] units = new float[most * width], mean = new float[width];
        int right = 0;
        for (int c = 0; c < clips.Count; c++)
        {
            int count = clips[c].Windows.Length / window;
            tower.Forward(clips[c].Windows, count, shape.Frames, buffers);
            UnitLength.Forward(buffers.Embeddings.Span, units, count, width);
            Array.Clear(mean);
            for (int w = 0; w < count; w++)
            {
                TensorPrimitives.Add(mean, units.AsSpan(w * width, width), mean);
            }
            UnitLength.Forward(mean, mean, 1, width);
            Span<float> row = cosines.AsSpan(c * labels.Length, labels.Length);
            for (int l = 0; l < labels.Length; l++)
            {
                row[l] = TensorPrimitives.Dot(mean, names.AsSpan(l * width, width));
            }
            right += labels[TensorPrimitives.IndexOfMax<float>(row)] == clips[c].Label ? 1 : 0;
        }
        double precision = 0;
        for (int l = 0; l < labels.Length; l++)
        {
            int label = l;
            precision += Enumerable.Range(0, clips.Count).OrderByDescending(c => cosines[c * labels.Length + label]).Take(First)
                .Count(c => clips[c].Label == labels[label]) / (double)First;
        }
        return ((double)right / clips.Count, precision / labels.Length);
    }
}
