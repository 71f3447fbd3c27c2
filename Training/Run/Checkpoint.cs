using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Run;

/// <summary>
/// The state of a training run in one safetensors file: float32 tensors (weights, optimiser, running mean) and, in the header's
/// __metadata__, named values (step, generator) and "sha256" over both. Written to a temporary file, flushed, renamed: a crash
/// leaves the old checkpoint or the new one. Values come back bit for bit.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private const string DigestKey = "sha256", FormatKey = "format", Format = "soundsearch-checkpoint-1";

    private readonly SafetensorsFile file;

    private Checkpoint(SafetensorsFile file) => this.file = file;

    public static void Save(string path, IReadOnlyList<Tensor> tensors, IReadOnlyDictionary<string, string> values)
    {
        Dictionary<string, string> metadata = new(values) { [FormatKey] = Format };
        metadata[DigestKey] = Digest(
            metadata, tensors.Select(t => t.Name), name => MemoryMarshal.AsBytes(tensors.First(t => t.Name == name).Span));
        string temporary = path + ".tmp";
        SafetensorsFile.Write(temporary, tensors, metadata); // flushes to disk
        File.Move(temporary, path, overwrite: true);
    }

    /// <exception cref="FileFormatException">No checkpoint, or one whose contents are not what was written.</exception>
    public static Checkpoint Open(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            if (!file.Metadata.TryGetValue(FormatKey, out string? format) || format != Format)
            {
                throw new FileFormatException(path, 8, $"__metadata__ with {FormatKey} {Format}", format ?? "none", Remedy);
            }
            string expected = file.Metadata.GetValueOrDefault(DigestKey, "none");
            string actual = Digest(
                file.Metadata.Where(v => v.Key != DigestKey), file.Entries.OrderBy(e => e.Value.Begin).ThenBy(e => e.Value.End).Select(e => e.Key), file.Bytes);
            return expected == actual
                ? new Checkpoint(file)
                : throw new FileFormatException(path, 8, $"contents with {DigestKey} {expected}", actual, Remedy);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Fills the live tensors with what was saved under their names.</summary>
    /// <exception cref="FileFormatException">One is missing or has another shape: the checkpoint is of another model or recipe.</exception>
    public void Restore(IEnumerable<Tensor> tensors)
    {
        foreach (Tensor t in tensors)
        {
            SafetensorsEntry? found = file.Entries.GetValueOrDefault(t.Name);
            if (found is not { DType: "F32" } || !found.Shape.SequenceEqual(t.Shape))
            {
                throw new FileFormatException(
                    file.Path, 8, $"a tensor '{t.Name}' [{string.Join(", ", t.Shape)}] of F32", found is null ? "none" : $"[{string.Join(", ", found.Shape)}] of {found.DType}", Remedy);
            }
            MemoryMarshal.Cast<byte, float>(file.Bytes(t.Name)).CopyTo(t.Span);
        }
    }

    /// <exception cref="FileFormatException">No such value.</exception>
    public string Value(string name) => file.Metadata.TryGetValue(name, out string? value)
        ? value
        : throw new FileFormatException(file.Path, 8, $"a value '{name}'", "none", Remedy);

    /// <exception cref="FileFormatException">The value is another: the run was begun with other options.</exception>
    public void Expect(string name, string value)
    {
        if (Value(name) != value)
        {
            throw new FileFormatException(file.Path, 8, $"the {name} '{value}'", $"'{Value(name)}'", Remedy);
        }
    }

    /// <exception cref="FileFormatException">No such value, or not a whole number.</exception>
    public long Number(string name) => long.TryParse(Value(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
        ? number
        : throw new FileFormatException(file.Path, 8, $"a whole number in '{name}'", Value(name), Remedy);

    public void Dispose() => file.Dispose();

    private const string Remedy = "Start the run anew in an empty folder, or give it the options it was begun with.";

    private delegate ReadOnlySpan<byte> Bytes(string name);

    private static string Digest(IEnumerable<KeyValuePair<string, string>> values, IEnumerable<string> names, Bytes bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string key, string value) in values.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{key}={value}\n"));
        }
        foreach (string name in names)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n"));
            hash.AppendData(bytes(name));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
