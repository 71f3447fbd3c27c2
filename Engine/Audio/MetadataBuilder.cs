using System.Text;
using System.Text.Unicode;

namespace SoundSearch.Engine.Audio;

/// <summary>Collects the texts of a file, each once, within bounds that no search needs to exceed.</summary>
internal sealed class MetadataBuilder
{
    private const int MaxText = 4096;
    private const int MaxLabels = 256;

    private readonly List<string>[] texts = [.. Enum.GetValues<MetadataField>().Select(_ => new List<string>())];

    /// <summary>A text up to its first NUL: UTF-8, or else Latin-1.</summary>
    public void Add(MetadataField field, ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)0);
        text = end < 0 ? text : text[..end];
        text = text[..Math.Min(text.Length, 4 * MaxText)];
        Add(field, (Utf8.IsValid(text) ? Encoding.UTF8 : Encoding.Latin1).GetString(text));
    }

    public void Add(MetadataField field, string text)
    {
        text = text[..Math.Min(text.Length, MaxText)];
        text = string.Join(' ', new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        List<string> list = texts[(int)field];
        if (text.Length > 0 && list.Count < MaxLabels && !list.Contains(text))
            list.Add(text);
    }

    public AudioMetadata Build() => new(
        Join(MetadataField.Title), Join(MetadataField.Description), Join(MetadataField.Comment), Join(MetadataField.Keywords), Join(MetadataField.Author), texts[(int)MetadataField.Label]);

    private string? Join(MetadataField field)
    {
        List<string> list = texts[(int)field];
        if (list.Count == 0)
            return null;
        string joined = string.Join("; ", list);
        return joined[..Math.Min(joined.Length, MaxText)];
    }
}
