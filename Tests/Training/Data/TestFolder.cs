using System.Buffers.Binary;
using SoundSearch.Training.Data;

namespace SoundSearch.Tests.Training.Data;

/// <summary>A temporary folder with sounds.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("soundsearch-test").FullName;

    public string Store => System.IO.Path.Combine(Path, "test.mels");

    /// <summary>Writes samples as a 32-bit float WAV at 32 kHz.</summary>
    public SoundSource Sound(string name, float[] samples, string label = "", string set = "test")
    {
        byte[] wav = new byte[44 + samples.Length * 4];
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(20), 3);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), 32_000);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), 128_000);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(32), 4);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), 32);
        "data"u8.CopyTo(wav.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), samples.Length * 4);
        for (int i = 0; i < samples.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(wav.AsSpan(44 + 4 * i), samples[i]);
        }
        string file = Place(name + ".wav");
        File.WriteAllBytes(file, wav);
        return new SoundSource(TestSounds.Info(name, label, set), file);
    }

    /// <summary>Writes a text file.</summary>
    public void Write(string name, string text) => File.WriteAllText(Place(name), text);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>The path of a name, which may have folders: they are made.</summary>
    private string Place(string name)
    {
        string file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        return file;
    }
}
