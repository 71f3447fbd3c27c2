using System.Buffers.Binary;
using System.Text;

namespace SoundSearch.Samples.Synthesis;

/// <summary>The simplest WAV there is: one channel, 16 bits.</summary>
public static class WaveFile
{
    /// <summary>Samples outside [-1, 1] are clipped.</summary>
    public static void Write(string path, ReadOnlySpan<float> samples, int sampleRate)
    {
        byte[] bytes = new byte[44 + 2 * samples.Length];
        Span<byte> s = bytes;
        Encoding.ASCII.GetBytes("RIFF").CopyTo(s);                                        // 0..4
        BinaryPrimitives.WriteInt32LittleEndian(s[4..], bytes.Length - 8);                // 4..8
        Encoding.ASCII.GetBytes("WAVEfmt ").CopyTo(s[8..]);                               // 8..16
        BinaryPrimitives.WriteInt32LittleEndian(s[16..], 16);                             // 16..20: size of fmt
        BinaryPrimitives.WriteInt16LittleEndian(s[20..], 1);                              // 20..22: PCM
        BinaryPrimitives.WriteInt16LittleEndian(s[22..], 1);                              // 22..24: channels
        BinaryPrimitives.WriteInt32LittleEndian(s[24..], sampleRate);                     // 24..28
        BinaryPrimitives.WriteInt32LittleEndian(s[28..], 2 * sampleRate);                 // 28..32: bytes per second
        BinaryPrimitives.WriteInt16LittleEndian(s[32..], 2);                              // 32..34: bytes per frame
        BinaryPrimitives.WriteInt16LittleEndian(s[34..], 16);                             // 34..36: bits
        Encoding.ASCII.GetBytes("data").CopyTo(s[36..]);                                  // 36..40
        BinaryPrimitives.WriteInt32LittleEndian(s[40..], 2 * samples.Length);             // 40..44
        for (int i = 0; i < samples.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(s[(44 + 2 * i)..], (short)MathF.Round(Math.Clamp(samples[i], -1, 1) * 32767));
        }
        File.WriteAllBytes(path, bytes);
    }
}
