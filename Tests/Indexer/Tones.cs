using System.Text;
using SoundSearch.Tests.Engine.Audio;

namespace SoundSearch.Tests.Indexer;

/// <summary>Synthesised WAV files: a sine in one band, different in phase by seed, so that no two have the same bytes.</summary>
internal static class Tones
{
    public static void Write(string path, int band, double seconds = 0.5, int rate = 8000, int channels = 1, int seed = 0, string? title = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        short[] samples = new short[(int)(seconds * rate) * channels];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = (short)(20000 * Math.Sin((2 * Math.PI * BandEncoder.Frequency(band) * (i / channels) / rate) + seed));
        }
        var chunks = new List<byte[]> { WavBytes.Format(1, channels, rate, 16), WavBytes.Chunk("data", WavBytes.Shorts(samples)) };
        if (title is not null)
        {
            byte[] name = WavBytes.Chunk("INAM", [.. Encoding.UTF8.GetBytes(title), 0]);
            chunks.Insert(1, WavBytes.Chunk("LIST", [.. "INFO"u8, .. name]));
        }
        File.WriteAllBytes(path, WavBytes.File([.. chunks]));
    }
}
