using System.Text.RegularExpressions;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Videos;

/// <summary>
/// What is heard, in words: a sound's label, else what its title says in words that pictures are called by. Titles are mostly names of files:
/// "mobs_lion_bellow.2" says "lion bellow" if nothing is called "mobs", "Cello/e55c5160" says "cello".
/// </summary>
public static partial class SoundText
{
    private static readonly HashSet<string> shortWords = new(["in", "of", "on", "up"], StringComparer.Ordinal);

    /// <summary>Null where nothing is left. The last part of a title's path that says something counts alone.</summary>
    /// <param name="info">The sound.</param>
    /// <param name="words">Every word that counts as one, lower case.</param>
    public static string? Of(SoundInfo info, IReadOnlySet<string> words)
    {
        if (info.Label.Length > 0)
        {
            return info.Label.Replace('_', ' ').ToLowerInvariant();
        }
        string title = AudioExtension().Replace(info.Title.Trim(), "");
        return title.Split('/').Reverse().Select(part => Said(part, words)).FirstOrDefault(said => said.Length > 0);
    }

    private static string Said(string part, IReadOnlySet<string> words)
    {
        IEnumerable<string> tokens = Token().Matches(Hump().Replace(part, "$1 $2").ToLowerInvariant()).Select(t => Number().Replace(t.Value, ""));
        string[] said = [.. tokens.Where(t => (t.Length > 2 || shortWords.Contains(t)) && words.Contains(t)).Distinct()];
        return said.All(shortWords.Contains) ? "" : string.Join(' ', said);
    }

    [GeneratedRegex(@"\.(wav|ogg|opus|mp3|flac|aiff?)$", RegexOptions.IgnoreCase)]
    private static partial Regex AudioExtension();

    // With digits inside: what mixes letters and digits ("e55c5160") is no word, and no two words.
    [GeneratedRegex(@"[\p{L}\p{N}']+")]
    private static partial Regex Token();

    /// <summary>Takes of one sound: "swirl2", "swirl2b".</summary>
    [GeneratedRegex(@"\d+\p{L}?$")]
    private static partial Regex Number();

    [GeneratedRegex(@"(\p{Ll})(\p{Lu})")]
    private static partial Regex Hump();
}
