using System.Globalization;
using System.Text;
using SoundSearch.Engine;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Pictures;

namespace SoundSearch.Training.Videos;

/// <summary>
/// Which pictures show what is heard: proposed by the cosine of texts and names, written as CSV with the columns sound, text, picture,
/// words, cosine, use (yes or no), read back after a person has corrected it. A line speaks for all sounds of its text and all drawings of its name.
/// </summary>
public static class MatchList
{
    /// <summary>Names so much below the threshold are listed too, with "no": a person sees what was nearly taken.</summary>
    private const double Margin = 0.1;

    private const string Header = "sound,text,picture,words,cosine,use";

    /// <summary>The best names of every text, texts in alphabetical order, best name first.</summary>
    /// <param name="sounds">Path and text of every sound that has a text.</param>
    /// <param name="store">The pictures.</param>
    /// <param name="text">The frozen text tower.</param>
    /// <param name="options">Threshold and number of names.</param>
    public static IReadOnlyList<Match> Propose(IEnumerable<(string Sound, string Text)> sounds, PictureStore store, ITextEncoder text, VideoOptions options)
    {
        (string Sound, string Text)[] texts = [.. sounds.GroupBy(s => s.Text).Select(g => g.First()).OrderBy(s => s.Text, StringComparer.Ordinal)];
        PictureInfo[] names = [.. store.Entries.Select(e => e.Info).GroupBy(i => i.Group).Select(g => g.First()).OrderBy(i => i.Group, StringComparer.Ordinal)];
        if (texts.Length == 0 || names.Length == 0)
        {
            return [];
        }
        // "a dog" and "dog" are the same thing, and should be as near as they can be.
        var cosines = SimilarityMatrix.Dot(Encode([.. texts.Select(t => PictureNames.Group(t.Text))], text), Encode([.. names.Select(n => n.Group)], text), text.Dimensions);
        List<Match> matches = [];
        for (int t = 0; t < texts.Length; t++)
        {
            foreach (int n in cosines.Ranked(t).Take(options.NamesPerText).Where(n => cosines[t, n] >= options.MinCosine - Margin))
            {
                matches.Add(new Match(texts[t].Sound, texts[t].Text, names[n].Path, names[n].Group, Math.Round(cosines[t, n], 3), cosines[t, n] >= options.MinCosine));
            }
        }
        return matches;
    }

    public static void Write(string path, IEnumerable<Match> matches)
    {
        var csv = new StringBuilder(Header).Append('\n');
        foreach (Match m in matches)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{CsvTable.Quote(m.Sound)},{CsvTable.Quote(m.Text)},{CsvTable.Quote(m.Picture)},{CsvTable.Quote(m.Words)},{m.Cosine:0.000},{(m.Use ? "yes" : "no")}\n");
        }
        File.WriteAllText(path + ".tmp", csv.ToString());
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <exception cref="FileFormatException">A column is missing, or a line's use or cosine is none.</exception>
    public static IReadOnlyList<Match> Read(string path)
    {
        var table = CsvTable.Read(path);
        foreach (string column in Header.Split(','))
        {
            table.Require(column);
        }
        List<Match> matches = [];
        for (int i = 0; i < table.Count; i++)
        {
            string use = table[i, "use"].Trim().ToLowerInvariant();
            if (use is not ("yes" or "no") || !double.TryParse(table[i, "cosine"], CultureInfo.InvariantCulture, out double cosine))
            {
                throw new FileFormatException(
                    path, 0, $"a cosine, and yes or no for its use, in line {table.Line(i)}", $"'{table[i, "cosine"]}' and '{use}'", "Correct the line, or delete the file to have it proposed again.");
            }
            matches.Add(new Match(table[i, "sound"], table[i, "text"], table[i, "picture"], table[i, "words"], cosine, use == "yes"));
        }
        return matches;
    }

    private static float[] Encode(string[] texts, ITextEncoder text)
    {
        float[] vectors = new float[texts.Length * text.Dimensions];
        text.Encode(texts, vectors);
        return vectors;
    }
}
