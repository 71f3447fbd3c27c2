namespace SoundSearch.Query;

/// <summary>A library cannot be opened, read or written: the message says where, what is wrong and what to do about it.</summary>
public sealed class LibraryException : Exception
{
    public LibraryException(string path, string problem, string remedy, Exception? inner = null)
        : base($"{path}: {problem}. {remedy}", inner)
    {
        Path = path;
        Problem = problem;
        Remedy = remedy;
    }

    /// <summary>The library's folder, or the file in it.</summary>
    public string Path { get; }

    public string Problem { get; }

    public string Remedy { get; }
}
