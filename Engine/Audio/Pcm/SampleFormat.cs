using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SoundSearch.Engine.Audio.Pcm;

/// <summary>The bytes of one uncompressed sample.</summary>
/// <param name="Encoding">What they mean.</param>
/// <param name="Bytes">1 to 4 for integers, 4 or 8 for floats, 1 for the others.</param>
/// <param name="BigEndian">Most significant byte first.</param>
public readonly record struct SampleFormat(SampleEncoding Encoding, int Bytes, bool BigEndian)
{
    private static readonly float[] aLaw = G711.ALawTable();
    private static readonly float[] muLaw = G711.MuLawTable();

    /// <summary>Whether <see cref="Decode"/> knows this combination.</summary>
    public bool IsKnown => Encoding switch
    {
        SampleEncoding.Signed => Bytes is >= 1 and <= 4,
        SampleEncoding.Float => Bytes is 4 or 8,
        _ => Bytes == 1,
    };

    /// <summary>source [samples.Length * Bytes] to float, integers divided by their full scale (32768 for 16 bit).</summary>
    public void Decode(ReadOnlySpan<byte> source, Span<float> samples)
    {
        if (source.Length != (long)samples.Length * Bytes)
            throw new ArgumentException($"{samples.Length} samples of {Bytes} bytes do not make {source.Length} bytes.", nameof(source));
        switch (Encoding, Bytes)
        {
            case (SampleEncoding.Signed, 1):
                for (int i = 0; i < samples.Length; i++)
                    samples[i] = (sbyte)source[i] * (1f / 128);
                break;
            case (SampleEncoding.Unsigned, 1):
                for (int i = 0; i < samples.Length; i++)
                    samples[i] = (source[i] - 128) * (1f / 128);
                break;
            case (SampleEncoding.ALaw, 1):
                Look(aLaw, source, samples);
                break;
            case (SampleEncoding.MuLaw, 1):
                Look(muLaw, source, samples);
                break;
            case (SampleEncoding.Signed, 2):
                Decode16(MemoryMarshal.Cast<byte, short>(source), samples);
                break;
            case (SampleEncoding.Signed, 3):
                Decode24(source, samples);
                break;
            case (SampleEncoding.Signed, 4):
                ReadOnlySpan<int> integers = MemoryMarshal.Cast<byte, int>(source);
                for (int i = 0; i < samples.Length; i++)
                    samples[i] = (Swapped ? BinaryPrimitives.ReverseEndianness(integers[i]) : integers[i]) * (1f / 2147483648f);
                break;
            case (SampleEncoding.Float, 4):
                Span<int> bits = MemoryMarshal.Cast<float, int>(samples);
                MemoryMarshal.Cast<byte, int>(source).CopyTo(bits);
                if (Swapped)
                    BinaryPrimitives.ReverseEndianness(bits, bits);
                break;
            case (SampleEncoding.Float, 8):
                ReadOnlySpan<long> doubles = MemoryMarshal.Cast<byte, long>(source);
                for (int i = 0; i < samples.Length; i++)
                    samples[i] = (float)BitConverter.Int64BitsToDouble(Swapped ? BinaryPrimitives.ReverseEndianness(doubles[i]) : doubles[i]);
                break;
            default:
                throw new NotSupportedException($"{this} is no sample format.");
        }
    }

    private bool Swapped => BigEndian == BitConverter.IsLittleEndian;

    private void Decode16(ReadOnlySpan<short> source, Span<float> samples)
    {
        if (Swapped)
        {
            for (int i = 0; i < samples.Length; i++)
                samples[i] = BinaryPrimitives.ReverseEndianness(source[i]) * (1f / 32768);
        }
        else
        {
            for (int i = 0; i < samples.Length; i++)
                samples[i] = source[i] * (1f / 32768);
        }
    }

    private void Decode24(ReadOnlySpan<byte> source, Span<float> samples)
    {
        int high = BigEndian ? 0 : 2, low = 2 - high;
        for (int i = 0; i < samples.Length; i++, source = source[3..])
            samples[i] = ((sbyte)source[high] << 16 | source[1] << 8 | source[low]) * (1f / 8388608);
    }

    private static void Look(float[] table, ReadOnlySpan<byte> source, Span<float> samples)
    {
        for (int i = 0; i < samples.Length; i++)
            samples[i] = table[source[i]];
    }
}
