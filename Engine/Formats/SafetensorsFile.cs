using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Formats;

/// <summary>
/// A safetensors file, memory-mapped: 8 bytes little-endian header length, a JSON header
/// {"name": {"dtype", "shape", "data_offsets": [begin, end]}}, then raw little-endian data.
/// The whole header is checked against the file's length before any tensor is read.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;               // 0..8: header length, u64 LE
    private const long MaxHeaderBytes = 100_000_000; // the reference implementation's limit

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* data;
    private readonly Dictionary<string, SafetensorsEntry> entries = [];
    private readonly Dictionary<string, string> metadata = [];

    private SafetensorsFile(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, long length)
    {
        (Path, this.file, this.view) = (path, file, view);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            ulong header = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(start, LengthBytes));
            if (header > (ulong)Math.Min(length - LengthBytes, MaxHeaderBytes))
            {
                throw Bad(0, $"a header length of at most {Math.Min(length - LengthBytes, MaxHeaderBytes)}", header.ToString());
            }
            ReadHeader(new ReadOnlySpan<byte>(start + LengthBytes, (int)header).ToArray(), length - LengthBytes - (long)header);
            data = start + LengthBytes + header;
        }
        catch
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>Entries by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => entries;

    /// <summary>The header's __metadata__.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <exception cref="FileFormatException">The file is no safetensors file, is truncated or lies about its sizes.</exception>
    public static SafetensorsFile Open(string path)
    {
        // From the open file, not its name: a symbolic link's own length is that of the path it holds.
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        long length = stream.Length;
        if (length < LengthBytes)
        {
            stream.Dispose();
            throw new FileFormatException(path, 0, "a safetensors header of 8 bytes or more", $"a file of {length} bytes", Remedy);
        }
        var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            return new SafetensorsFile(path, file, view, length);
        }
        catch
        {
            view?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tensor's bytes, straight from the mapping: valid until this file is disposed.</summary>
    /// <exception cref="FileFormatException">No such tensor, or one of more than 2 GiB.</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        SafetensorsEntry e = Entry(name);
        return e.End - e.Begin <= int.MaxValue
            ? new ReadOnlySpan<byte>(data + e.Begin, (int)(e.End - e.Begin))
            : throw Bad(e.Begin, $"at most {int.MaxValue} bytes in tensor '{name}'", $"{e.End - e.Begin}");
    }

    /// <summary>The tensor as float32; F16, BF16, F64 and integer types are converted.</summary>
    public Tensor Read(string name)
    {
        SafetensorsEntry e = Entry(name);
        _ = Bytes(name); // refuses what is too large before memory is taken
        float[] values = new float[e.Count];
        Read(name, values);
        return new Tensor(name, e.Shape, values);
    }

    /// <summary>The tensor's values, converted in the same way, into memory that the caller has.</summary>
    /// <exception cref="ArgumentException">It is not as long as the tensor.</exception>
    public void Read(string name, Span<float> values)
    {
        SafetensorsEntry e = Entry(name);
        ReadOnlySpan<byte> bytes = Bytes(name);
        if (values.Length != e.Count)
        {
            throw new ArgumentException($"{Path}: '{name}' has {e.Count} values, and there is room for {values.Length}.", nameof(values));
        }
        switch (e.DType)
        {
            case "F32": MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values); break;
            case "F16": Halves.ToSingle(MemoryMarshal.Cast<byte, Half>(bytes), values); break;
            case "BF16": Convert<ushort>(bytes, values, v => BitConverter.UInt32BitsToSingle((uint)v << 16)); break;
            case "F64": Convert<double>(bytes, values, v => (float)v); break;
            case "I64": Convert<long>(bytes, values, v => v); break;
            case "I32": Convert<int>(bytes, values, v => v); break;
            case "I16": Convert<short>(bytes, values, v => v); break;
            case "I8": Convert<sbyte>(bytes, values, v => v); break;
            case "U8" or "BOOL": Convert<byte>(bytes, values, v => v); break;
            default: throw Bad(e.Begin, "a dtype of F32, F16, BF16, F64, I64, I32, I16, I8, U8 or BOOL", $"{e.DType} in tensor '{name}'");
        }
    }

    /// <summary>The tensor's raw elements, copied.</summary>
    public T[] ReadAs<T>(string name)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes(name)).ToArray();

    /// <summary>Writes tensors as F32 or, with half, as F16. The caller writes to a temporary name and renames.</summary>
    public static void Write(string path, IEnumerable<Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null, bool half = false) =>
        Write(path, tensors, metadata, _ => half);

    /// <summary>Writes tensors, those for which half holds as F16, the others as F32. The caller writes to a temporary name and renames.</summary>
    public static void Write(string path, IEnumerable<Tensor> tensors, IReadOnlyDictionary<string, string>? metadata, Func<Tensor, bool> half)
    {
        List<(Tensor Tensor, bool Half)> list = [.. tensors.Select(t => (t, half(t)))];
        long offset = 0;
        Dictionary<string, object> header = [];
        if (metadata is { Count: > 0 })
        {
            header["__metadata__"] = metadata;
        }
        foreach ((Tensor t, bool isHalf) in list)
        {
            long end = offset + (long)t.Data.Length * (isHalf ? 2 : 4);
            header[t.Name] = new Dictionary<string, object> { ["dtype"] = isHalf ? "F16" : "F32", ["shape"] = t.Shape, ["data_offsets"] = new[] { offset, end } };
            offset = end;
        }
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            WriteHeader(json, header);
        }
        while (stream.Length % 8 != 0)
        {
            stream.WriteByte((byte)' ');
        }
        using FileStream output = File.Create(path);
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)stream.Length);
        output.Write(length);
        output.Write(stream.GetBuffer().AsSpan(0, (int)stream.Length));
        foreach ((Tensor t, bool isHalf) in list)
        {
            if (isHalf)
            {
                Half[] converted = new Half[t.Data.Length];
                TensorPrimitives.ConvertToHalf(t.Span, converted);
                output.Write(MemoryMarshal.AsBytes(converted.AsSpan()));
            }
            else
            {
                output.Write(MemoryMarshal.AsBytes(t.Span));
            }
        }
        output.Flush(flushToDisk: true);
    }

    /// <summary>Whether every value is a float16 number, so that F16 loses nothing. Not so for NaN, whose bits may be lost.</summary>
    public static bool IsHalf(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if ((float)(Half)value != value)
            {
                return false;
            }
        }
        return true;
    }

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private const string Remedy = "The file is damaged or no safetensors file: download or export it again.";

    private static void WriteHeader(Utf8JsonWriter json, Dictionary<string, object> header)
    {
        json.WriteStartObject();
        foreach ((string name, object value) in header)
        {
            json.WriteStartObject(name);
            if (value is IReadOnlyDictionary<string, string> strings)
            {
                foreach ((string key, string text) in strings)
                {
                    json.WriteString(key, text);
                }
            }
            else if (value is Dictionary<string, object> entry)
            {
                json.WriteString("dtype", (string)entry["dtype"]);
                json.WriteStartArray("shape");
                Array.ForEach((int[])entry["shape"], json.WriteNumberValue);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                Array.ForEach((long[])entry["data_offsets"], json.WriteNumberValue);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Convert<T>(ReadOnlySpan<byte> bytes, Span<float> values, Func<T, float> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> source = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = convert(source[i]);
        }
    }

    private SafetensorsEntry Entry(string name) =>
        entries.TryGetValue(name, out SafetensorsEntry? e)
            ? e
            : throw Bad(LengthBytes, $"a tensor '{name}'", $"only {string.Join(", ", entries.Keys.Take(8))}{(entries.Count > 8 ? ", ..." : "")}");

    private FileFormatException Bad(long offset, string expected, string actual, Exception? inner = null) =>
        new(Path, offset, expected, actual, Remedy, inner);

    private void ReadHeader(byte[] json, long dataLength)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("__metadata__"))
                {
                    foreach (JsonProperty item in property.Value.EnumerateObject())
                    {
                        metadata[item.Name] = item.Value.GetString() ?? "";
                    }
                    continue;
                }
                AddEntry(property, dataLength);
            }
            CheckCoverage(dataLength);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw Bad(LengthBytes, "a JSON header of dtype, shape and data_offsets per tensor", e.Message, e);
        }
    }

    private void AddEntry(JsonProperty property, long dataLength)
    {
        JsonElement value = property.Value;
        string dtype = value.GetProperty("dtype").GetString() ?? "";
        int[] shape = [.. value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];
        long[] offsets = [.. value.GetProperty("data_offsets").EnumerateArray().Select(d => d.GetInt64())];
        long count = shape.Aggregate(1L, (product, d) => d < 0 ? throw new FormatException($"negative size in '{property.Name}'") : checked(product * d));
        int size = dtype switch { "F64" or "I64" or "U64" => 8, "F32" or "I32" or "U32" => 4, "F16" or "BF16" or "I16" or "U16" => 2, _ => 1 };
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > dataLength || checked(count * size) != offsets[1] - offsets[0])
        {
            throw Bad(
                LengthBytes,
                $"data_offsets of '{property.Name}' inside {dataLength} bytes of data and {count * size} bytes apart",
                string.Join("..", offsets));
        }
        if (!entries.TryAdd(property.Name, new SafetensorsEntry(dtype, shape, offsets[0], offsets[1], count)))
        {
            throw Bad(LengthBytes, "one tensor of each name", $"two named '{property.Name}'");
        }
    }

    // As the reference implementation demands: a few bytes that a million tensors share would be endless work, and bytes that
    // no tensor owns a place to hide things.
    private void CheckCoverage(long dataLength)
    {
        long end = 0;
        foreach ((string name, SafetensorsEntry e) in entries.OrderBy(e => e.Value.Begin).ThenBy(e => e.Value.End))
        {
            if (e.Begin != end)
            {
                throw Bad(LengthBytes, $"tensor '{name}' to begin where the one before it ends, at byte {end} of the data", $"{e.Begin}");
            }
            end = e.End;
        }
        if (end != dataLength)
        {
            throw Bad(LengthBytes, $"{dataLength} bytes of tensors", $"{end}");
        }
    }
}
