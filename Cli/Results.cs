using SoundSearch.Query;
using SoundSearch.Query.Store;

namespace SoundSearch.Cli;

/// <summary>Prints what a search found, the same way for search and similar.</summary>
internal static class Results
{
    public static int Print(SearchResult result, bool json)
    {
        foreach (string note in result.Notes)
        {
            Console.Error.WriteLine($"soundsearch: {note}");
        }
        if (json)
        {
            Output.Json(result.Hits);
            return Runner.Done;
        }
        string here = Environment.CurrentDirectory;
        foreach (SearchHit hit in result.Hits)
        {
            string relative = LibraryPaths.IsAddress(hit.Path) ? hit.Path : Path.GetRelativePath(here, hit.Path);
            string path = relative.StartsWith("..", StringComparison.Ordinal) ? hit.Path : relative;
            string duration = hit.Duration > 0 ? $"  [{Output.Time(hit.Duration)}]" : "";
            bool whole = hit.Start <= 0 && hit.End >= hit.Duration;
            string place = whole ? "" : $"  at {Output.Time(hit.Start)}";
            Console.Out.WriteLine($"{hit.Rank,3}  {hit.Score:0.000}  {path}{duration}{place}{(string.IsNullOrEmpty(hit.Title) ? "" : $"  \"{hit.Title}\"")}");
        }
        if (result.Hits.Count == 0)
        {
            Console.Error.WriteLine("soundsearch: nothing found.");
        }
        return Runner.Done;
    }
}
