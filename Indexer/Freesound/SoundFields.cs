using System.Globalization;

namespace SoundSearch.Indexer.Freesound;

/// <summary>
/// Names under which dumps keep Freesound's fields. The first of each are those of its API (a sound instance of APIv2:
/// id, name, url, username, description, tags, license, duration, samplerate, channels, filesize).
/// </summary>
internal static class SoundFields
{
    public static readonly string[] Id = ["id", "sound_id", "freesound_id", "fsid"];
    public static readonly string[] Name = ["name", "title", "original_filename", "filename", "fname"];
    public static readonly string[] Url = ["url", "uri", "link", "download"];
    public static readonly string[] Username = ["username", "user", "uploader"];
    public static readonly string[] Description = ["description"];
    public static readonly string[] Tags = ["tags"];
    public static readonly string[] Licence = ["license", "licence"];
    public static readonly string[] Duration = ["duration", "duration_sec"];
    public static readonly string[] SampleRate = ["samplerate", "sample_rate"];
    public static readonly string[] Channels = ["channels"];
    public static readonly string[] Size = ["filesize"];

    /// <summary>Of the vector, most telling first.</summary>
    public static readonly string[] Vector =
        ["laion_clap", "laion_clap_embedding", "clap_embedding", "clap", "similarity_vector", "embedding", "embeddings", "vector"];

    /// <summary>Objects that the vector may stand in.</summary>
    public static readonly string[] VectorContainers = ["similarity_vectors", "similarity", "analysis", "descriptors"];

    /// <summary>A sound of fields that are texts; null, with the reason, when it has no id.</summary>
    public static SoundRow Make(long number, Func<string[], string?> field, float[]? vector)
    {
        long? id = FreesoundSound.ParseId(field(Id)) ?? FreesoundSound.IdOf(field(Url));
        if (id is null)
        {
            return new SoundRow(number, null, $"no id: '{field(Id) ?? field(Url) ?? ""}' is no number above 0 and no address of a sound");
        }
        return new SoundRow(number, new FreesoundSound
        {
            Id = id.Value,
            Name = Text(field(Name)),
            Username = Text(field(Username)),
            Description = Text(field(Description)),
            Tags = Text(field(Tags)),
            Licence = Text(field(Licence)),
            Duration = Number(field(Duration), 1e7) ?? 0,
            SampleRate = (int)(Number(field(SampleRate), 1e7) ?? 0),
            Channels = (int)(Number(field(Channels), 1e4) ?? 0),
            Size = (long)(Number(field(Size), 1e15) ?? 0),
            Vector = vector,
        }, null);
    }

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    private static double? Number(string? value, double max) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= 0 && number <= max ? number : null;
}
