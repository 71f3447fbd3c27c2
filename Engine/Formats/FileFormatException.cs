namespace SoundSearch.Engine.Formats;

/// <summary>A file that cannot be used: says which file, where in it, what was expected, what was found and what to do.</summary>
public sealed class FileFormatException(string path, long offset, string expected, string actual, string remedy, Exception? inner = null)
    : IOException($"{path}, at byte {offset}: expected {expected}, found {actual}. {remedy}", inner)
{
    public string Path { get; } = path;

    public long Offset { get; } = offset;
}
