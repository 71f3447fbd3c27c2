using System.Text.RegularExpressions;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Curation;

/// <summary>
/// Captions to choose from: a CSV file with a column "caption" (AudioCaps), or caption_1 to caption_5 (Clotho), whose other columns do
/// not matter. Files of a validation or test part are refused: who trains on their words measures nothing.
/// </summary>
public static partial class CaptionFile
{
    private static readonly string[] columns = ["caption", .. Enumerable.Range(1, 5).Select(n => $"caption_{n}")];

    /// <summary>Its captions, each once, in the file's order.</summary>
    /// <exception cref="ArgumentException">The file's name says that it is for evaluation.</exception>
    /// <exception cref="FileNotFoundException">There is no such file; the message says what it should be.</exception>
    /// <exception cref="FileFormatException">No column of captions, a line without a caption, or no line.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        RefuseEvaluation(path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path} does not exist. Expected there: a CSV file of captions with a column 'caption', as AudioCaps' train.csv (github.com/cdjkim/audiocaps, dataset/), or caption_1 to caption_5, as Clotho's. Its sounds are not needed.", path);
        }
        var table = CsvTable.Read(path);
        string[] found = [.. columns.Where(table.Has)];
        if (found.Length == 0)
        {
            table.Require(columns[0]);
        }
        List<string> captions = [];
        for (int i = 0; i < table.Count; i++)
        {
            string[] texts = [.. found.Select(c => table[i, c].Trim()).Where(c => c.Length > 0)];
            captions.AddRange(texts.Length > 0 ? texts : throw new FileFormatException(path, 0, $"a caption in line {table.Line(i)}", "none", "Complete the line, or delete it."));
        }
        return captions.Count > 0 ? [.. captions.Distinct(StringComparer.Ordinal)] : throw new FileFormatException(path, 0, "captions", "only a header", "Name a file that has some.");
    }

    /// <exception cref="ArgumentException">The file's name says that it is for evaluation.</exception>
    internal static void RefuseEvaluation(string path)
    {
        if (EvaluationPart().IsMatch(Path.GetFileNameWithoutExtension(path)))
        {
            throw new ArgumentException($"{path} is for evaluation only, by its name: name a training part.", nameof(path));
        }
    }

    [GeneratedRegex("(^|[^a-z])(val|valid|validation|test|testing|eval|evaluation)([^a-z]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex EvaluationPart();
}
