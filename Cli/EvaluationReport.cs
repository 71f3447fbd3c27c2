using System.Globalization;
using System.Text;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Evaluation.Datasets;
using SoundSearch.Training.Evaluation.Plots;

namespace SoundSearch.Cli;

/// <summary>The figures of one evaluation, as lines for people, as a JSON document and as plots; each figure with its protocol.</summary>
internal sealed class EvaluationReport(string model, EvaluationSet set, int unreadable)
{
    private const int CurveLength = 50;

    private readonly StringBuilder lines = new();
    private readonly List<object> figures = [];
    private readonly List<(string File, string Svg)> plots = [];

    /// <summary>For --json.</summary>
    public object Document => new { model, set = set.Name, clips = set.Clips.Count, missing = set.Missing.Count, unreadable, figures };

    /// <param name="scores">[sounds, captions].</param>
    /// <param name="owner">For each caption the row of its sound.</param>
    public void AddCaptions(SimilarityMatrix scores, IReadOnlyList<int> owner)
    {
        CaptionRetrieval result = CaptionRetrieval.Measure(scores, owner);
        Add("retrieval", CaptionRetrieval.Protocol, result);
        lines.AppendLine($"text to sound: {result.TextToSound}");
        lines.AppendLine($"sound to text: {result.SoundToText}");
        plots.Add(("recall.svg", Curves(
            ("text to sound", scores.Transposed(), (caption, sound) => owner[caption] == sound),
            ("sound to text", scores, (sound, caption) => owner[caption] == sound))));
    }

    /// <param name="scores">[sounds, classes].</param>
    /// <param name="prompt">What stood before each label, or "".</param>
    public void AddLabels(SimilarityMatrix scores, string prompt)
    {
        string how = prompt.Length > 0 ? $"prompt \"{prompt} LABEL\"" : "bare labels", file = prompt.Length > 0 ? "" : "-bare";
        HashSet<int>[] carried = [.. set.Clips.Select(c => set.ClassesOf(c).ToHashSet())];
        double[] precisions = AveragePrecision.PerClass(scores, (clip, label) => carried[clip].Contains(label));
        double map = AveragePrecision.Mean(precisions);
        if (!set.SingleLabel)
        {
            string tagging = $"zero-shot tagging, {how}: cosine with every label; average precision per class, mean over {precisions.Count(p => !double.IsNaN(p))} classes that occur";
            Add("tagging", tagging, new { map, perClass = set.Classes.Zip(precisions).Where(c => !double.IsNaN(c.Second)).ToDictionary(c => c.First, c => c.Second) });
            lines.AppendLine(CultureInfo.InvariantCulture, $"{how}: mAP {map:P1}");
            plots.Add(($"classes{file}.svg", Bars($"{set.Name}: average precision, {how}", precisions)));
            return;
        }
        Classification result = Classification.Measure(scores, [.. carried.Select(c => c.Single())], set.Classes);
        // Only classes that occur can be asked for.
        int[] present = [.. Enumerable.Range(0, set.Classes.Count).Where(c => carried.Any(s => s.Contains(c)))];
        SimilarityMatrix asked = Rows(scores.Transposed(), present);
        RetrievalFigures retrieval = RetrievalFigures.Measure(asked, (label, clip) => carried[clip].Contains(present[label]));
        double[] accuracies = [.. Enumerable.Range(0, set.Classes.Count).Select(result.AccuracyOf)];
        Add(
            "classification", $"zero-shot, {how}: the label of highest cosine; precision@5 of sounds for each label",
            new { accuracy = result.Accuracy, precisionAt5 = retrieval.PrecisionAt5, map, perClass = set.Classes.Zip(accuracies).ToDictionary(c => c.First, c => double.IsNaN(c.Second) ? (double?)null : c.Second) });
        lines.AppendLine(CultureInfo.InvariantCulture, $"{how}: accuracy {result.Accuracy:P1}, label to sound precision@5 {retrieval.PrecisionAt5:0.000}, mAP {map:P1}");
        plots.Add(($"classes{file}.svg", Bars($"{set.Name}: accuracy, {how}", accuracies)));
        plots.Add(($"confusion{file}.svg", ConfusionPlot.ToSvg($"{set.Name}, {how}", result)));
    }

    /// <summary>Every plot as a file; the folder is made.</summary>
    public void WritePlots(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string file, string svg) in plots)
        {
            File.WriteAllText(Path.Combine(folder, file), svg);
        }
    }

    public override string ToString()
    {
        string classes = set.Classes.Count > 0 ? $", {set.Classes.Count} classes" : $", {set.Clips.Sum(c => c.Captions.Count):N0} captions";
        string missing = set.Missing.Count + unreadable > 0 ? $" ({set.Missing.Count:N0} not there, {unreadable:N0} unreadable)" : "";
        return $"{model} on {set.Name}: {set.Clips.Count:N0} sounds{missing}{classes}{Environment.NewLine}{lines.ToString().TrimEnd()}";
    }

    private void Add(string task, string protocol, object values) => figures.Add(new { task, protocol, values });

    private static SimilarityMatrix Rows(SimilarityMatrix scores, int[] rows) =>
        new([.. rows.SelectMany(r => scores.Row(r).ToArray())], rows.Length, scores.Columns);

    private string Curves(params ReadOnlySpan<(string Name, SimilarityMatrix Scores, Func<int, int, bool> Right)> directions)
    {
        var curves = new List<(string, IReadOnlyList<(double, double)>)>();
        foreach ((string name, SimilarityMatrix scores, Func<int, int, bool> right) in directions)
        {
            curves.Add((name, [.. RetrievalFigures.RecallCurve(scores, right, CurveLength).Select((r, k) => (k + 1.0, r))]));
        }
        return new LinePlot($"{set.Name}: recall", "answers looked at", "recall") { Most = 1, Curves = curves }.ToSvg();
    }

    private string Bars(string title, double[] values) =>
        BarPlot.ToSvg(title, [.. set.Classes.Zip(values).Where(b => !double.IsNaN(b.Second)).OrderByDescending(b => b.Second)]);
}
