using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Tests.Training.Pictures;

/// <summary>Pictures, packages and a text tower that need no network.</summary>
internal static class TestPictures
{
    public const int Side = 8;

    /// <summary>A tower for pictures of <see cref="Side"/>.</summary>
    public static AudioTowerShape Shape(int embedding) => new()
    {
        Frames = Side,
        Bins = Side,
        Channels = 3,
        PatchHeight = 4,
        PatchWidth = 4,
        StrideHeight = 4,
        StrideWidth = 4,
        Width = 64,
        Heads = 1,
        Layers = 1,
        Embedding = embedding,
    };

    /// <summary>A plain colour as a binary PPM, which ffmpeg reads.</summary>
    public static string Ppm(string folder, string name, int width, int height, byte red, byte green, byte blue)
    {
        string path = Path.Combine(folder, name + ".ppm");
        byte[] pixels = [.. Enumerable.Range(0, width * height).SelectMany(_ => new[] { red, green, blue })];
        File.WriteAllBytes(path, [.. Encoding.ASCII.GetBytes($"P6\n{width} {height}\n255\n"), .. pixels]);
        return path;
    }

    public static PictureInfo Info(string path, params string[] words) => new(path, path.Split('/')[0], PictureNames.Group(words[0]), words, "CC0");

    public static void RequireFfmpeg()
    {
        try
        {
            using Process? found = Process.Start(new ProcessStartInfo("ffmpeg", "-version") { RedirectStandardOutput = true });
            found?.StandardOutput.ReadToEnd();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("ffmpeg is not on this machine");
        }
    }

    /// <summary>A store of pictures that have the colour of their name's first word above and that of its last word below.</summary>
    public static PictureStore Store(string folder, params PictureInfo[] infos)
    {
        RequireFfmpeg();
        string path = Path.Combine(folder, "test.pics");
        PictureSource[] sources = [.. infos.Select((info, i) =>
        {
            string[] words = info.Group.Split(' ');
            byte[] above = Colour(words[0]), below = Colour(words[^1]);
            string file = Path.Combine(folder, $"picture{i}.ppm");
            byte[] pixels = [.. Enumerable.Range(0, Side * Side).SelectMany(p => p < Side * Side / 2 ? above : below)];
            File.WriteAllBytes(file, [.. Encoding.ASCII.GetBytes($"P6\n{Side} {Side}\n255\n"), .. pixels]);
            return new PictureSource(info, file);
        })];
        new PictureStoreBuilder(path, Side).Build(sources);
        return PictureStore.Open(path);
    }

    /// <summary>A .tgz with these entries.</summary>
    public static void Archive(string path, params (string Name, byte[] Bytes)[] entries)
    {
        using FileStream file = File.Create(path);
        using var zip = new GZipStream(file, CompressionLevel.Fastest);
        using var tar = new TarWriter(zip, TarEntryFormat.Ustar);
        foreach ((string name, byte[] bytes) in entries)
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });
        }
    }

    private static byte[] Colour(string word)
    {
        var random = new SampleRandom(7, Hash(word));
        return [(byte)random.Below(256), (byte)random.Below(256), (byte)random.Below(256)];
    }

    private static ulong Hash(string word) => word.Aggregate(17UL, (h, c) => unchecked(h * 31 + c));

    /// <summary>Unit vectors that are the sum of a random one for each word: texts that share words are near each other.</summary>
    public sealed class WordEncoder(int dimensions) : ITextEncoder
    {
        public int Dimensions => dimensions;

        public void Encode(IReadOnlyList<string> texts, Span<float> embeddings)
        {
            for (int t = 0; t < texts.Count; t++)
            {
                float[] sum = new float[dimensions];
                foreach (string word in texts[t].Replace(ZeroShot.Prompt, "", StringComparison.Ordinal).Split(' ', ',', StringSplitOptions.RemoveEmptyEntries))
                {
                    var random = new SampleRandom(3, Hash(word));
                    for (int d = 0; d < dimensions; d++)
                    {
                        sum[d] += random.Uniform(-1, 1);
                    }
                }
                UnitLength.Forward(sum, embeddings[(t * dimensions)..], 1, dimensions);
            }
        }
    }
}
