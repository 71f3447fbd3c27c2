using System.Buffers.Binary;
using SoundSearch.Engine.Audio.Pcm;

namespace SoundSearch.Engine.Audio.Aiff;

/// <summary>The COMM chunk of an AIFF or AIFC file.</summary>
/// <param name="Channels">As written.</param>
/// <param name="Frames">As written; 0 from recorders that were cut off.</param>
/// <param name="Bits">As written.</param>
/// <param name="SampleRate">Hz, not finite when nonsense.</param>
/// <param name="Compression">Four characters, "NONE" in AIFF.</param>
public readonly record struct AiffCommon(int Channels, uint Frames, int Bits, double SampleRate, string Compression)
{
    public const int MaxBytes = 22;

    /// <summary>Reads the chunk, or gives null when it is too short.</summary>
    public static AiffCommon? Parse(ReadOnlySpan<byte> chunk, bool compressed) => chunk.Length < (compressed ? 22 : 18)
        ? null
        : new(
            BinaryPrimitives.ReadUInt16BigEndian(chunk),
            BinaryPrimitives.ReadUInt32BigEndian(chunk[2..]),
            BinaryPrimitives.ReadUInt16BigEndian(chunk[6..]),
            ReadExtended(chunk[8..18]),
            compressed ? System.Text.Encoding.Latin1.GetString(chunk[18..22]) : "NONE");

    /// <summary>How the samples are written, or null for compressed codecs and impossible sizes.</summary>
    public SampleFormat? Samples()
    {
        int bytes = (Bits + 7) / 8;
        SampleFormat? format = Compression switch
        {
            "NONE" or "twos" => new(SampleEncoding.Signed, bytes, BigEndian: true),
            "sowt" => new(SampleEncoding.Signed, bytes, BigEndian: false),
            "raw " => new(SampleEncoding.Unsigned, 1, BigEndian: true),
            "in24" => new(SampleEncoding.Signed, 3, BigEndian: true),
            "in32" => new(SampleEncoding.Signed, 4, BigEndian: true),
            "42ni" => new(SampleEncoding.Signed, 3, BigEndian: false),
            "23ni" => new(SampleEncoding.Signed, 4, BigEndian: false),
            "fl32" or "FL32" => new(SampleEncoding.Float, 4, BigEndian: true),
            "fl64" or "FL64" => new(SampleEncoding.Float, 8, BigEndian: true),
            "alaw" or "ALAW" => new(SampleEncoding.ALaw, 1, BigEndian: true),
            "ulaw" or "ULAW" => new(SampleEncoding.MuLaw, 1, BigEndian: true),
            _ => null,
        };
        return format is { IsKnown: true } ? format : null;
    }

    /// <summary>IEEE 754 extended: sign and 15 bits of exponent, then 64 bits of mantissa with its leading 1 written out.</summary>
    public static double ReadExtended(ReadOnlySpan<byte> bytes)
    {
        int head = BinaryPrimitives.ReadUInt16BigEndian(bytes), exponent = head & 0x7FFF;
        ulong mantissa = BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]);
        if (exponent == 0x7FFF)
            return double.NaN;
        double value = Math.ScaleB(mantissa, exponent - 16383 - 63);
        return (head & 0x8000) != 0 ? -value : value;
    }
}
