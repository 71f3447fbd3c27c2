using System.Globalization;
using System.Text;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pocket;

/// <summary>What a model was trained on, as a Markdown table for its page: a line per collection with its licences.</summary>
internal static class SourceTable
{
    public static string Of(IReadOnlyList<MelStore> stores)
    {
        var text = new StringBuilder("| collection | sounds | minutes | licences |\n|---|---|---|---|\n");
        foreach (IGrouping<string, MelEntry> set in stores.SelectMany(s => s.Entries).GroupBy(e => e.Info.Set).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            IEnumerable<string> licences = set.SelectMany(e => e.Info.Licence.Split(", ")).Where(l => l.Length > 0).Distinct().Order(StringComparer.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"| {set.Key} | {set.Count()} | {set.Sum(e => e.Seconds) / 60:0.0} | {string.Join(", ", licences).Replace('|', '/')} |\n");
        }
        return text.ToString();
    }
}
