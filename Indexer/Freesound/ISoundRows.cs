namespace SoundSearch.Indexer.Freesound;

/// <summary>A dump, read row by row.</summary>
public interface ISoundRows : IDisposable
{
    /// <summary>Bytes of the dump.</summary>
    long Length { get; }

    /// <summary>Bytes read so far.</summary>
    long Position { get; }

    /// <summary>The rows, once. Bad ones are rows too; only what makes all further ones unreadable is an exception.</summary>
    /// <exception cref="Engine.Formats.FileFormatException">The file is no dump of its kind.</exception>
    IEnumerable<SoundRow> Rows();
}
