using System.Globalization;

namespace SoundSearch.Indexer.Freesound;

/// <summary>A sound of a dump: the fields of Freesound's API that a library keeps, and its vector.</summary>
public sealed record FreesoundSound
{
    /// <summary>Where the sounds are; paths below it are made by <see cref="PathOf"/>.</summary>
    public const string Site = "https://freesound.org";

    public required long Id { get; init; }

    public string? Name { get; init; }

    public string? Username { get; init; }

    public string? Description { get; init; }

    /// <summary>Separated by blanks.</summary>
    public string? Tags { get; init; }

    public string? Licence { get; init; }

    /// <summary>In seconds; 0 when the dump does not say.</summary>
    public double Duration { get; init; }

    /// <summary>In Hz; 0 when the dump does not say.</summary>
    public int SampleRate { get; init; }

    /// <summary>0 when the dump does not say.</summary>
    public int Channels { get; init; }

    /// <summary>In bytes; 0 when the dump does not say.</summary>
    public long Size { get; init; }

    /// <summary>As it stands in the dump, of any length; null when it has none.</summary>
    public float[]? Vector { get; init; }

    /// <summary>Freesound's short address of a sound, below <see cref="Site"/>.</summary>
    public static string PathOf(long id) => string.Create(CultureInfo.InvariantCulture, $"s/{id}");

    /// <summary>The number in "https://freesound.org/people/USER/sounds/ID/", ".../s/ID/" or ".../apiv2/sounds/ID/"; null when there is none.</summary>
    public static long? IdOf(string? url)
    {
        foreach (string mark in (string[])["/sounds/", "/s/"])
        {
            int at = url?.IndexOf(mark, StringComparison.Ordinal) ?? -1;
            if (at >= 0 && ParseId(new string([.. url![(at + mark.Length)..].TakeWhile(char.IsAsciiDigit)])) is { } id)
            {
                return id;
            }
        }
        return null;
    }

    /// <summary>A whole number above 0, or null.</summary>
    public static long? ParseId(string? text) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long id) && id > 0 ? id : null;
}
