using System.IO.Compression;

namespace SoundSearch.Engine.Formats;

/// <summary>
/// A file of torch.save (1.6 and later) or torch.jit.save: a zip archive of "NAME/data.pkl", a pickle that names storages, and
/// "NAME/data/KEY", their elements, uncompressed. Nothing in the file is executed; sizes are checked against the archive before
/// memory is taken. Safe for concurrent readers.
/// </summary>
public sealed class PyTorchArchive : IDisposable
{
    internal const string Damaged = "The file is damaged: download or save it again.";
    internal const string Hostile = "Do not load this file with PyTorch either; ask for the weights as safetensors.";

    private const int MaxPickleBytes = 128 << 20;
    private const string PickleName = "/data.pkl";

    private static readonly byte[] legacyMagic = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    private readonly object gate = new();
    private readonly ZipArchive zip;
    private readonly string prefix;
    private (string Key, WeakReference<byte[]> Bytes)? last;

    private PyTorchArchive(string path, ZipArchive zip, long length)
    {
        (Path, this.zip, Length) = (path, zip, length);
        ZipArchiveEntry pickle = zip.Entries.FirstOrDefault(e => e.FullName.EndsWith(PickleName, StringComparison.Ordinal) && e.FullName.IndexOf('/') == e.FullName.Length - PickleName.Length)
            ?? throw Bad(0, "an entry NAME/data.pkl in the zip archive", zip.Entries.Count == 0 ? "no entries" : zip.Entries[0].FullName, "Use a file of torch.save or torch.jit.save.");
        PickleEntry = pickle.FullName;
        prefix = PickleEntry[..^(PickleName.Length - 1)];
        // Which of two would be read is another one in each program: what was looked at is not what is loaded.
        if (zip.Entries.GroupBy(e => e.FullName).FirstOrDefault(same => same.Count() > 1) is { } doubled)
        {
            throw Bad(0, "one entry of each name in the zip archive", $"{doubled.Count()} of '{doubled.Key}'", Damaged);
        }
        if (zip.GetEntry(prefix + "byteorder") is ZipArchiveEntry order && ReadEntry(order, 16) is not [(byte)'l', ..])
        {
            throw Bad(0, "little-endian numbers", "big-endian ones", "Save the file on a little-endian machine.");
        }
        Root = new PyTorchUnpickler(this, ReadEntry(pickle, MaxPickleBytes)).Load();
        Tensors = new PyTorchTensors(this, Root);
    }

    public string Path { get; }

    /// <summary>
    /// The tree: null, bool, long, BigInteger, double, string, byte[], List, array (tuple), HashSet, <see cref="PyTorchDictionary"/>,
    /// <see cref="PyTorchTensor"/>, <see cref="PyTorchObject"/>.
    /// </summary>
    public object? Root { get; }

    /// <summary>
    /// All tensors by their way through the tree: keys, and indices of lists and tuples, joined by dots ("model.1.encoder.weight").
    /// A tensor is read, as float32, each time it is asked for.
    /// </summary>
    public PyTorchTensors Tensors { get; }

    /// <exception cref="FileFormatException">The file is no such archive, is damaged or tries to run code.</exception>
    public static PyTorchArchive Open(string path)
    {
        FileStream file = File.OpenRead(path);
        try
        {
            CheckStart(path, file);
            return new PyTorchArchive(path, new ZipArchive(file, ZipArchiveMode.Read), file.Length);
        }
        catch (Exception e) when (IsZipError(e))
        {
            file.Dispose();
            throw new FileFormatException(path, 0, "a whole zip archive", e.Message, Damaged, e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => zip.Dispose();

    /// <summary>Of the file.</summary>
    internal long Length { get; }

    /// <summary>Name of the pickle in the zip archive.</summary>
    internal string PickleEntry { get; }

    /// <summary>Bytes that reading a storage takes; 0 for one that is not there or says that it is longer than the file, and so will not be read.</summary>
    internal long StorageLength(string key) => zip.GetEntry(prefix + "data/" + key) is { } entry && entry.Length <= Length ? entry.Length : 0;

    internal byte[] ReadStorage(PyTorchStorage storage)
    {
        lock (gate)
        {
            if (last is { } kept && kept.Key == storage.Key && kept.Bytes.TryGetTarget(out byte[]? bytes))
            {
                return Enough(bytes);
            }
            ZipArchiveEntry entry = zip.GetEntry(prefix + "data/" + storage.Key)
                ?? throw Bad(0, $"an entry {prefix}data/{storage.Key} in the zip archive", "none", Damaged);
            bytes = Enough(ReadEntry(entry, Array.MaxLength));
            last = (storage.Key, new WeakReference<byte[]>(bytes));
            return bytes;
        }

        byte[] Enough(byte[] bytes) => bytes.Length / PyTorchTensor.SizeOf(storage.DType) >= storage.Count
            ? bytes
            : throw Bad(0, $"{storage.Count} elements of {storage.DType} in {prefix}data/{storage.Key}", $"{bytes.Length} bytes", Damaged);
    }

    internal FileFormatException Bad(long offset, string expected, string actual, string remedy, Exception? inner = null) =>
        new(Path, offset, expected, actual, remedy, inner);

    private static bool IsZipError(Exception e) =>
        (e is InvalidDataException or NotSupportedException or ArgumentException or OverflowException or EndOfStreamException or FormatException) && e is not FileFormatException;

    private static void CheckStart(string path, FileStream file)
    {
        Span<byte> start = stackalloc byte[legacyMagic.Length];
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        if (read == start.Length && start.SequenceEqual(legacyMagic))
        {
            throw new FileFormatException(path, 0, "a zip archive of torch.save 1.6 or later", "the format before it", "Load it in PyTorch and save it again.");
        }
        if (!start[..read].StartsWith("PK"u8))
        {
            throw new FileFormatException(path, 0, "a zip archive of torch.save", $"{read} bytes {Convert.ToHexString(start[..Math.Min(read, 8)])}", "Use a .pth, .pt or .bin file of PyTorch.");
        }
    }

    private byte[] ReadEntry(ZipArchiveEntry entry, int limit)
    {
        // PyTorch compresses neither pickle nor storages; so the archive cannot unfold into more than its own size.
        if (entry.CompressedLength != entry.Length || entry.Length > Length || entry.Length > limit)
        {
            throw Bad(0, $"{entry.FullName} uncompressed and of at most {Math.Min(Length, limit)} bytes", $"{entry.CompressedLength} bytes for {entry.Length}", Damaged);
        }
        try
        {
            byte[] bytes = new byte[entry.Length];
            using Stream stream = entry.Open();
            stream.ReadExactly(bytes);
            return Crc32.Of(bytes) == entry.Crc32 ? bytes : throw Bad(0, $"{entry.FullName} with checksum {entry.Crc32:X8}", $"{Crc32.Of(bytes):X8}", Damaged);
        }
        catch (Exception e) when (IsZipError(e))
        {
            throw Bad(0, $"{entry.FullName} in the zip archive", e.Message, Damaged, e);
        }
    }
}
