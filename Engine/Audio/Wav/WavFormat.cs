using System.Buffers.Binary;
using SoundSearch.Engine.Audio.Pcm;

namespace SoundSearch.Engine.Audio.Wav;

/// <summary>The fmt chunk of a WAV file (WAVEFORMATEX and WAVE_FORMAT_EXTENSIBLE).</summary>
/// <param name="Tag">Codec: 1 PCM, 3 float, 6 A-law, 7 mu-law ...; for WAVE_FORMAT_EXTENSIBLE the one of its sub-format.</param>
/// <param name="Channels">0 to 65,535, as written.</param>
/// <param name="SampleRate">As written.</param>
/// <param name="BlockAlign">Bytes in a frame, as written.</param>
/// <param name="Bits">Bits in a sample, as written.</param>
public readonly record struct WavFormat(int Tag, int Channels, uint SampleRate, int BlockAlign, int Bits)
{
    private const int Extensible = 0xFFFE;

    /// <summary>Sub-format of a GUID that we do not know.</summary>
    private const int UnknownTag = -1;

    // The tails of KSDATAFORMAT_SUBTYPE_* and of the Ambisonic B-format sub-types, after the two bytes of the tag.
    private static ReadOnlySpan<byte> StandardTail => [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
    private static ReadOnlySpan<byte> AmbisonicTail => [0, 0, 0x21, 7, 0xD3, 0x11, 0x86, 0x44, 0xC8, 0xC1, 0xCA, 0, 0, 0];

    /// <summary>Bytes of the chunk that matter.</summary>
    public const int MaxBytes = 40;

    /// <summary>Reads the chunk, or gives null when it is shorter than the 14 bytes of the oldest kind.</summary>
    public static WavFormat? Parse(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 14)
            return null;
        int tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        if (tag == Extensible && chunk.Length >= MaxBytes)
        {
            ReadOnlySpan<byte> tail = chunk[26..40];
            bool known = tail.SequenceEqual(StandardTail) || tail.SequenceEqual(AmbisonicTail);
            tag = known ? BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]) : UnknownTag;
        }
        return new(
            tag,
            BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]),
            BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]),
            BinaryPrimitives.ReadUInt16LittleEndian(chunk[12..]),
            chunk.Length >= 16 ? BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]) : 0);
    }

    /// <summary>How the samples are written, or null for compressed codecs.</summary>
    public SampleFormat? Samples()
    {
        (SampleEncoding encoding, bool plain) = Tag switch
        {
            1 => (SampleEncoding.Signed, true),
            3 => (SampleEncoding.Float, true),
            6 => (SampleEncoding.ALaw, true),
            7 => (SampleEncoding.MuLaw, true),
            // A truncated extensible header: nearly always PCM, and its bits say the rest.
            Extensible => (SampleEncoding.Signed, true),
            _ => default,
        };
        if (!plain || Channels == 0)
            return null;
        // Samples fill whole bytes, high bits first, so a 20-bit sample in 3 bytes reads as 24 bit. The frame size is the
        // authority (24 bits may lie in 4 bytes), the bits only where it makes no sense.
        int bytes = BlockAlign % Channels == 0 ? BlockAlign / Channels : 0;
        SampleFormat format = new(encoding, bytes, BigEndian: false);
        if (!format.IsKnown || bytes * 8 < Bits)
            format = format with { Bytes = (Bits + 7) / 8 };
        if (encoding == SampleEncoding.Signed && format.Bytes == 1)
            format = format with { Encoding = SampleEncoding.Unsigned };
        return format.IsKnown ? format : null;
    }
}
