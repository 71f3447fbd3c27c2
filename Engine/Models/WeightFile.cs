using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>A checkpoint's tensors by name, whatever holds them: an archive of torch.save or torch.jit.save, or a safetensors file.</summary>
public sealed class WeightFile : IDisposable
{
    private readonly PyTorchArchive? archive;
    private readonly SafetensorsFile? safetensors;

    private WeightFile(string path)
    {
        Path = path;
        if (IsSafetensors(path))
        {
            safetensors = SafetensorsFile.Open(path);
        }
        else
        {
            archive = PyTorchArchive.Open(path);
        }
    }

    public string Path { get; }

    /// <summary>Names in the file's order; those of an archive are ways through its tree ("model.1.encoder.weight").</summary>
    public IEnumerable<string> Names => archive?.Tensors.Keys ?? safetensors!.Entries.Keys;

    /// <summary>What else an archive holds (configurations); null for safetensors.</summary>
    public object? Root => archive?.Root;

    /// <exception cref="FileFormatException">The file is neither, is of PyTorch before 1.6, damaged, or tries to run code.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static WeightFile Open(string path) => new(path);

    /// <summary>Null when there is no such tensor. Reads no values.</summary>
    public int[]? ShapeOf(string name) => archive is null
        ? safetensors!.Entries.GetValueOrDefault(name)?.Shape
        : archive.Tensors.ContainsKey(name) ? archive.Tensors.Describe(name).Shape : null;

    /// <summary>The tensor as float32; null when there is no such tensor.</summary>
    /// <exception cref="FileFormatException">Its elements are damaged or no numbers.</exception>
    public Tensor? Read(string name) => archive is null
        ? safetensors!.Entries.ContainsKey(name) ? safetensors.Read(name) : null
        : archive.Tensors.GetValueOrDefault(name);

    /// <summary>What stands before a tensor's name where the file has wrapped it ("state_dict.", "model.1."), shortest first; nothing when it is nowhere.</summary>
    public IReadOnlyList<string> PrefixesOf(string name) =>
    [
        .. Names.Where(n => n.EndsWith(name, StringComparison.Ordinal) && (n.Length == name.Length || n[^(name.Length + 1)] == '.'))
            .Select(n => n[..^name.Length]).OrderBy(p => p.Length).ThenBy(p => p, StringComparer.Ordinal),
    ];

    public void Dispose()
    {
        archive?.Dispose();
        safetensors?.Dispose();
    }

    // 8 bytes of length, then JSON. Anything else is PyTorch's, whose reader says what it wants.
    private static bool IsSafetensors(string path)
    {
        Span<byte> start = stackalloc byte[9];
        using FileStream file = File.OpenRead(path);
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return System.IO.Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase)
            || (read == start.Length && start[8] == (byte)'{' && !start.StartsWith("PK"u8));
    }
}
