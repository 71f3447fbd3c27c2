namespace SoundSearch.Engine.Audio;

/// <summary>A sound that no decoder at hand can read: says which file, why, and what to install if that would help.</summary>
public sealed class AudioDecodeException(string path, string reason, string remedy, string? package = null, Exception? inner = null)
    : IOException($"{path}: {reason} {remedy}", inner)
{
    public string Path { get; } = path;

    /// <summary>Debian package whose absence is the reason, or null when the file itself is.</summary>
    public string? Package { get; } = package;
}
