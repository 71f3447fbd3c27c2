using System.Globalization;
using System.Numerics.Tensors;

namespace SoundSearch.Training.Text;

/// <summary>How near a text tower is to its teacher.</summary>
/// <param name="Cosine">Mean cosine to the teacher's vectors of held-out texts.</param>
/// <param name="LabelAgreement">Share of held-out texts whose nearest label name is the teacher's nearest, each in its own space.</param>
/// <param name="LabelCosine">Mean cosine over the bare label names (trained on).</param>
/// <param name="PromptCosine">Mean cosine over those of "the sound of LABEL" that the teacher has seen (98 % of them trained on).</param>
public sealed record TextFigures(double Cosine, double LabelAgreement, double LabelCosine, double PromptCosine)
{
    private const string Prompt = "the sound of ";

    public static TextFigures Measure(TextModel model, TeacherTexts teacher, IReadOnlyList<int> heldOut)
    {
        int width = teacher.Width;
        float[] labels = model.Encode([.. Enumerable.Range(0, TeacherTexts.Labels).Select(i => teacher.Texts[i])]);
        float[] teacherLabels = Teacher(teacher, [.. Enumerable.Range(0, TeacherTexts.Labels)]);
        float[] mine = model.Encode([.. heldOut.Select(i => teacher.Texts[i])]);
        float[] theirs = Teacher(teacher, heldOut);
        int same = Enumerable.Range(0, heldOut.Count).Count(i =>
            Nearest(mine.AsSpan(i * width, width), labels) == Nearest(theirs.AsSpan(i * width, width), teacherLabels));

        HashSet<string> wanted = [.. teacher.Texts.Take(TeacherTexts.Labels).Select(t => Prompt + t)];
        wanted.UnionWith(teacher.Texts.Take(TeacherTexts.Labels).Select(t => Prompt + t.ToLowerInvariant()));
        int[] prompted = [.. Enumerable.Range(0, teacher.Count).Where(i => wanted.Contains(teacher.Texts[i]))];
        float[] prompts = model.Encode([.. prompted.Select(i => teacher.Texts[i])]);
        return new TextFigures(
            Mean(mine, theirs, width), (double)same / Math.Max(heldOut.Count, 1), Mean(labels, teacherLabels, width), Mean(prompts, Teacher(teacher, prompted), width));
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"held-out cosine {Cosine:F4}, nearest label as the teacher's {LabelAgreement:P1}, label names {LabelCosine:F4}, \"{Prompt}...\" {PromptCosine:F4}");

    private static float[] Teacher(TeacherTexts teacher, IReadOnlyList<int> texts)
    {
        float[] result = new float[texts.Count * teacher.Width];
        for (int i = 0; i < texts.Count; i++)
        {
            teacher.Embedding(texts[i], result.AsSpan(i * teacher.Width, teacher.Width));
        }
        return result;
    }

    private static int Nearest(ReadOnlySpan<float> x, ReadOnlySpan<float> labels)
    {
        int best = 0;
        float highest = float.NegativeInfinity;
        for (int l = 0; l < TeacherTexts.Labels; l++)
        {
            float cosine = TensorPrimitives.Dot(x, labels.Slice(l * x.Length, x.Length));
            if (cosine > highest)
            {
                (highest, best) = (cosine, l);
            }
        }
        return best;
    }

    private static double Mean(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int width) =>
        a.IsEmpty ? double.NaN : TensorPrimitives.Dot(a, b) / (a.Length / width);
}
