using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pictures;

/// <summary>
/// Many small pictures with their words in one <see cref="IndexedFile{TEntry}"/>, whose size is the rows and columns of a picture and
/// whose data are the pictures, [Side, Side, 3] bytes each, in the order of the index. Safe for concurrent readers.
/// </summary>
public sealed class PictureStore : IDisposable
{
    internal const int MaxSide = 1024;

    internal static readonly IndexedFileKind Kind = new("picture store", "SSPICS\r\n"u8.ToArray(), "rows of a picture", MinSize: 1, MaxSide);

    private readonly IndexedFile<PictureEntry> file;

    private PictureStore(IndexedFile<PictureEntry> file)
    {
        this.file = file;
        int bad = Array.FindIndex(file.Entries, e => e.Info is not { Words.Length: > 0 } || Array.Exists(e.Info.Words, string.IsNullOrWhiteSpace));
        if (bad >= 0)
        {
            throw file.Bad("words for every picture", $"none for number {bad}");
        }
        long bytes = file.DataEnd - IndexedFileKind.HeaderBytes, expected = (long)file.Entries.Length * PictureBytes;
        if (bytes != expected)
        {
            throw file.Bad($"{file.Entries.Length} pictures of {PictureBytes} bytes", $"{bytes} bytes");
        }
    }

    public string Path => file.Path;

    /// <summary>Rows and columns of every picture.</summary>
    public int Side => file.Size;

    public IReadOnlyList<PictureEntry> Entries => file.Entries;

    /// <summary>Of all that is in it.</summary>
    public string Digest => file.Digest;

    private int PictureBytes => Side * Side * 3;

    /// <exception cref="FileFormatException">The file is no store, is of another version, or is damaged.</exception>
    public static PictureStore Open(string path)
    {
        var file = IndexedFile<PictureEntry>.Open(path, Kind);
        try
        {
            return new PictureStore(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Red, green and blue [Side, Side, 3], straight from the mapping.</summary>
    public ReadOnlySpan<byte> Pixels(int picture)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)picture, (uint)file.Entries.Length, nameof(picture));
        return file.Bytes(Offset(picture), PictureBytes);
    }

    /// <summary>Reads everything and compares checksums.</summary>
    /// <exception cref="FileFormatException">Pixels differ from what was written.</exception>
    public void Verify()
    {
        for (int i = 0; i < file.Entries.Length; i++)
        {
            file.Verify(Offset(i), PictureBytes, file.Entries[i].Crc, file.Entries[i].Info.Path);
        }
    }

    public void Dispose() => file.Dispose();

    private long Offset(int picture) => IndexedFileKind.HeaderBytes + (long)picture * PictureBytes;
}
