using System.Text.RegularExpressions;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pocket;

/// <summary>
/// What the sounds of a mixture are called, as words: class labels, and titles where every word of them is a word (so
/// "crow caw" counts and "amb_dsrt_02" does not). The tagger knows owls; only titles know which owl.
/// </summary>
public sealed partial class CaptionSource
{
    /// <summary>A sound names a mix only if it carries this share of the energy.</summary>
    private const float MinShare = 0.6f;

    private const int MaxWords = 8;

    private readonly string[][] texts;

    /// <param name="mixture">The sounds.</param>
    /// <param name="words">Every word that counts as one, lower case.</param>
    public CaptionSource(SoundMixture mixture, IReadOnlySet<string> words) =>
        texts = [.. Enumerable.Range(0, mixture.Count).Select(i => TextsOf(mixture.Entry(i).Info, words))];

    /// <summary>Sounds that have a caption of their own.</summary>
    public int Named => texts.Count(t => t.Length > 0);

    /// <summary>The lower-case words of texts, as <see cref="CaptionSource"/> wants them.</summary>
    public static IReadOnlySet<string> Words(IEnumerable<string> texts) =>
        texts.SelectMany(t => Word().Matches(t.ToLowerInvariant()).Select(m => m.Value)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Captions that fit the sample, possibly none.</summary>
    public IReadOnlyList<string> Texts(SampleOrigin origin) => origin.Share >= MinShare ? texts[origin.Dominant] : [];

    internal static string[] TextsOf(SoundInfo info, IReadOnlySet<string> words)
    {
        List<string> found = [];
        if (info.Label.Length > 0)
        {
            found.Add(info.Label.Replace('_', ' ').ToLowerInvariant());
        }
        if (Clean(info.Title, words) is { } title)
        {
            found.Add(title);
        }
        return [.. found];
    }

    /// <summary>"Dogs/BarkLoud_02.wav" to "dogs bark loud"; null where something is no word.</summary>
    internal static string? Clean(string title, IReadOnlySet<string> words)
    {
        string stem = AudioExtension().Replace(title.Trim(), "");
        string[] parts = [.. Word().Matches(Hump().Replace(stem, "$1 $2").ToLowerInvariant()).Select(m => m.Value).Distinct()];
        return parts.Length is > 0 and <= MaxWords && parts.Any(p => p.Length > 2) && parts.All(words.Contains) ? string.Join(' ', parts) : null;
    }

    [GeneratedRegex(@"\.(wav|ogg|opus|mp3|flac|aiff?)$", RegexOptions.IgnoreCase)]
    private static partial Regex AudioExtension();

    [GeneratedRegex(@"[\p{L}']+")]
    private static partial Regex Word();

    [GeneratedRegex(@"(\p{Ll})(\p{Lu})")]
    private static partial Regex Hump();
}
