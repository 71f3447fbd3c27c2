namespace SoundSearch.Engine.Audio;

/// <summary>What a file says about its sound. Texts are trimmed, without control characters, and bounded in length.</summary>
/// <param name="Title">Name of the sound, or null.</param>
/// <param name="Description">bext description, subject, annotation; or null.</param>
/// <param name="Comment">Or null.</param>
/// <param name="Keywords">Genre, category, key words; or null.</param>
/// <param name="Author">Originator, artist, designer; or null.</param>
/// <param name="Labels">Texts of markers, in the order of the file.</param>
public sealed record AudioMetadata(string? Title, string? Description, string? Comment, string? Keywords, string? Author, IReadOnlyList<string> Labels)
{
    public static AudioMetadata Empty { get; } = new(null, null, null, null, null, []);

    /// <summary>All that describes the sound (not who made it), on one line each, every text once; empty when there is none.</summary>
    public string SearchText => string.Join('\n', new[] { Title, Description, Comment, Keywords }.Concat(Labels).Where(text => text is not null).Distinct());
}
