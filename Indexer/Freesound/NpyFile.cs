using System.Buffers.Binary;
using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Indexer.Freesound;

/// <summary>
/// A matrix in NumPy's format, read row by row: 0..6 "\x93NUMPY", 6..8 version (1 to 3), 8.. length of the header (2 bytes in
/// version 1, else 4), the header (a Python dictionary with descr, fortran_order and shape), then the numbers. Little-endian
/// float16, float32 or float64 in C order. The header is checked against the file's length before memory is taken.
/// </summary>
public sealed partial class NpyFile : IDisposable
{
    private const int MaxHeader = 1 << 16;
    private const string Remedy = "Save the matrix with numpy.save, as float32 in C order (numpy.ascontiguousarray).";

    private readonly FileStream stream;
    private readonly int size;
    private readonly byte[] row;

    /// <exception cref="FileFormatException">The file is no such matrix, is cut short, or lies about its sizes.</exception>
    public NpyFile(string path)
    {
        Path = path;
        stream = File.OpenRead(path);
        try
        {
            string header = ReadHeader();
            string type = Value(DescrPattern(), header, "descr");
            size = type switch { "<f2" => 2, "<f4" => 4, "<f8" => 8, _ => throw Bad("a descr of '<f2', '<f4' or '<f8'", type) };
            if (Value(OrderPattern(), header, "fortran_order") != "False")
            {
                throw Bad("C order", "Fortran order");
            }
            string[] shape = Value(ShapePattern(), header, "shape").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (shape.Length != 2 || !long.TryParse(shape[0], NumberStyles.None, CultureInfo.InvariantCulture, out long rows)
                || !int.TryParse(shape[1], NumberStyles.None, CultureInfo.InvariantCulture, out int columns) || columns is < 1 or > 1 << 20)
            {
                throw Bad("a shape of rows and columns", $"({string.Join(", ", shape)})");
            }
            long data = stream.Length - stream.Position;
            if ((Int128)rows * columns * size != data)
            {
                throw Bad($"{(Int128)rows * columns * size} bytes for {rows} x {columns} numbers", $"{data} bytes");
            }
            (Rows, Columns, row) = (rows, columns, new byte[columns * size]);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public long Rows { get; }

    public int Columns { get; }

    public long Length => stream.Length;

    public long Position => stream.Position;

    /// <summary>The next row as float32: values [Columns].</summary>
    public void Read(Span<float> values)
    {
        stream.ReadExactly(row);
        switch (size)
        {
            case 2:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(row), values);
                break;
            case 4:
                MemoryMarshal.Cast<byte, float>(row).CopyTo(values);
                break;
            default:
                TensorPrimitives.ConvertTruncating<double, float>(MemoryMarshal.Cast<byte, double>(row), values);
                break;
        }
    }

    public void Dispose() => stream.Dispose();

    private string ReadHeader()
    {
        Span<byte> start = stackalloc byte[12];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (read < start.Length || start[0] != 0x93 || !start[1..6].SequenceEqual("NUMPY"u8))
        {
            throw Bad("a file of numpy.save", $"{read} bytes {Convert.ToHexString(start[..Math.Min(read, 8)])}");
        }
        int version = start[6];
        if (version is < 1 or > 3)
        {
            throw Bad("version 1 to 3", $"{version}");
        }
        uint length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        stream.Position = version == 1 ? 10 : 12;
        if (length > MaxHeader || length > stream.Length - stream.Position)
        {
            throw Bad($"a header of at most {Math.Min(MaxHeader, stream.Length - stream.Position)} bytes", $"{length}");
        }
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private string Value(Regex pattern, string header, string name) =>
        pattern.Match(header) is { Success: true } match ? match.Groups[1].Value : throw Bad($"'{name}' in the header", header.Trim()[..Math.Min(header.Trim().Length, 100)]);

    private FileFormatException Bad(string expected, string actual) => new(Path, stream.Position, expected, actual, Remedy);

    [GeneratedRegex("""['"]descr['"]\s*:\s*['"]([^'"]{1,16})['"]""")]
    private static partial Regex DescrPattern();

    [GeneratedRegex("""['"]fortran_order['"]\s*:\s*(True|False)""")]
    private static partial Regex OrderPattern();

    [GeneratedRegex("""['"]shape['"]\s*:\s*\(([0-9,\sL]{0,64})\)""")]
    private static partial Regex ShapePattern();
}
