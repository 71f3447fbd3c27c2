using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Audio.Vorbis;
using SoundSearch.Engine.Formats;
using SoundSearch.Tests.Engine.Audio;
using static SoundSearch.Tests.Engine.Audio.WavBytes;

namespace SoundSearch.Tests.Mutation;

/// <summary>Whatever headers and chunks say: an error that names the file, or a sound of no more samples than the file has bytes.</summary>
[Category(MutationRun.Category)]
internal sealed class AudioMutationTests
{
    // A block to decode into, for a frame of 65,535 doubles, and a resampler's table.
    private const long Working = 8 << 20;

    [TestCaseSource(nameof(Forms))]
    public void Damaged_sounds_do_no_harm(string name, byte[] head, byte[][] chunks)
    {
        bool bigEndian = head[0] == 'F';
        byte[] whole = [.. head, .. chunks.SelectMany(chunk => chunk)];
        float[] block = new float[70_000], mono = new float[4000];
        bool Read(string path, byte[] bytes)
        {
            ReadTexts(path);
            using (IAudioReader reader = AudioFile.Open(path, AudioHelpers.None))
            {
                long samples = 0;
                for (int got; (got = reader.Read(block)) > 0; samples += got)
                {
                    MutationRun.Require(got % reader.Channels == 0, "whole frames");
                }
                MutationRun.Require(samples <= bytes.Length, "no more samples than bytes");
                MutationRun.Require(samples / reader.Channels == reader.Frames, "as many frames as announced");
            }
            if (bytes[^1] % 8 == 0) // resampling takes most of the time
            {
                using MonoReader reader = new(AudioFile.Open(path, AudioHelpers.None), 32_000);
                for (int got, read = 0; (got = reader.Read(mono)) > 0 && read < 320_000; read += got)
                {
                    MutationRun.Require(mono.AsSpan(0, got).IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) < 0, "finite samples");
                }
            }
            return true;
        }
        new MutationRun(name, m =>
        {
            if (m.OneIn(3))
            {
                return m.Bytes(whole);
            }
            List<byte[]> parts = m.OneIn(2) ? m.Parts(chunks) : [.. chunks];
            for (int changes = m.Random.Next(1, 3); changes > 0 && parts.Count > 0; changes--)
            {
                int at = m.Random.Next(parts.Count);
                byte[] chunk = [.. parts[at]];
                if (m.OneIn(2) && chunk.Length >= 8)
                {
                    m.Number(chunk.AsSpan(4), 4, bigEndian);
                }
                else if (chunk.Length > 9)
                {
                    m.Number(chunk.AsSpan(m.Random.Next(8, chunk.Length - 1)), 2, bigEndian);
                }
                parts[at] = chunk;
            }
            return [.. head, .. parts.SelectMany(chunk => chunk)];
        }, Read)
        {
            Ending = ".wav",
            AllocationBase = Working,
            IsRefusal = (e, path) => e is FileFormatException or AudioDecodeException && e.Message.Contains(path, StringComparison.Ordinal),
        }.Run();
    }

    [Test]
    public void Damaged_comments_of_flac_and_ogg_do_no_harm()
    {
        byte[] comments = [3, 0, 0, 0, .. "lib"u8, 2, 0, 0, 0, 8, 0, 0, 0, .. "TITLE=ab"u8, 13, 0, 0, 0, .. "DESCRIPTION=x"u8];
        byte[] tags = [.. "OpusTags"u8, .. comments];
        byte[] flac = [.. "fLaC"u8, 0, 0, 0, 34, .. new byte[34], 0x84, 0, 0, (byte)comments.Length, .. comments];
        byte[] ogg = [.. Page(new byte[19]), .. Page(tags)];
        new MutationRun("comments", m => m.Bytes(m.OneIn(2) ? flac : ogg), (path, _) =>
        {
            using FileStream stream = System.IO.File.OpenRead(path);
            var builder = new MetadataBuilder();
            return VorbisComments.TryRead(stream, builder) & builder.Build().SearchText.Length < 100_000;
        })
        { Ending = ".ogg" }.Run();

        static byte[] Page(byte[] packet) => [.. "OggS"u8, .. new byte[22], 1, (byte)packet.Length, .. packet];
    }

    [TestCase("flac")]
    [TestCase("ogg")]
    [TestCase("opus")]
    [TestCase("mp3")]
    [TestCase("m4a")]
    [Explicit("libsndfile decodes within this process: a fault of its would end all tests. A second or more per hundred files.")]
    public void Damaged_compressed_sounds_do_no_harm(string kind)
    {
        string program = AudioHelpers.Installed.FfmpegPath ?? "";
        if (program.Length == 0)
        {
            Assert.Ignore("ffmpeg, which makes the sounds, is not installed");
        }
        byte[] noise = new byte[2 * 8000];
        new Random(1).NextBytes(noise);
        using var wav = new TemporaryFile(WavBytes.File(Format(1, 1, 8000, 16), Chunk("data", noise)), ".wav");
        using var packed = new TemporaryFile([], "." + kind);
        using (var ffmpeg = System.Diagnostics.Process.Start(program, ["-nostdin", "-loglevel", "error", "-y", "-i", wav.Path, packed.Path]))
        {
            ffmpeg.WaitForExit();
            Assert.That(ffmpeg.ExitCode, Is.Zero);
        }
        byte[] whole = System.IO.File.ReadAllBytes(packed.Path);
        float[] block = new float[70_000];
        new MutationRun(kind, m => m.Bytes(whole), (path, _) =>
        {
            AudioFile.ReadMetadata(path);
            using IAudioReader reader = AudioFile.Open(path);
            long samples = 0;
            for (int got; (got = reader.Read(block)) > 0 && samples < 10_000_000; samples += got)
            {
                MutationRun.Require(got % reader.Channels == 0, "whole frames");
            }
            return true;
        })
        {
            Ending = "." + kind,
            Slowness = 200,
            AllocationBase = Working,
            IsRefusal = (e, path) => e is FileFormatException or AudioDecodeException && e.Message.Contains(path, StringComparison.Ordinal),
        }.Run();
    }

    private static void ReadTexts(string path)
    {
        using FileStream stream = System.IO.File.OpenRead(path);
        try
        {
            MutationRun.Require((AudioFile.ReadManagedMetadata(stream, path)?.SearchText.Length ?? 0) < 100_000, "texts within bounds");
        }
        catch (FileFormatException)
        {
            // an empty file or a playlist
        }
    }

    private static IEnumerable<TestCaseData> Forms()
    {
        byte[] sound = new byte[120];
        new Random(1).NextBytes(sound);
        byte[] ds64 = new byte[40];
        BitConverter.GetBytes(120L).CopyTo(ds64, 8);
        byte[] info = [.. "INFO"u8, .. Chunk("INAM", "Storm\0"u8.ToArray()), .. Chunk("ICMT", "far"u8.ToArray())];
        byte[] labels = [.. "adtl"u8, .. Chunk("labl", [1, 0, 0, 0, .. "crack\0"u8]), .. Chunk("ltxt", new byte[24])];
        byte[] ixml = "<BWFXML><NOTE>far &amp; slow</NOTE><USER><KEYWORDS>a</KEYWORDS></USER></BWFXML>"u8.ToArray();
        byte[][] tail = [Chunk("LIST", info), Chunk("LIST", labels), Chunk("iXML", ixml), Chunk("bext", new byte[300])];
        byte[][] large = [Chunk("ds64", ds64), ExtensibleFormat(1, 2, 48000, 24, 20), Chunk("data", sound, uint.MaxValue), .. tail];
        byte[][] texts =
        [
            Chunk("NAME", "Bell"u8.ToArray(), bigEndian: true), Chunk("COMT", [0, 1, 0, 0, 0, 0, 0, 0, 0, 5, .. "hello"u8, 0], bigEndian: true),
            Chunk("MARK", [0, 1, 0, 1, 0, 0, 0, 9, 4, .. "loop"u8, 0], bigEndian: true),
        ];
        yield return Form("wav", "RIFF", "WAVE", [Format(1, 2, 44100, 16), Chunk("data", sound), .. tail]);
        yield return Form("wav-float", "RIFF", "WAVE", [Format(3, 1, 96000, 64), Chunk("fact", [15, 0, 0, 0]), Chunk("data", sound), .. tail]);
        yield return Form("rf64", "RF64", "WAVE", large);
        yield return Form("bw64", "BW64", "WAVE", [.. large, Chunk("axml", ixml), Chunk("chna", new byte[44])]);
        yield return Form("aiff", "FORM", "AIFF", [Common(2, 30, 16, 44100), Sound(sound), .. texts]);
        yield return Form("aifc", "FORM", "AIFC", [Chunk("FVER", [0xA2, 0x80, 0x51, 0x40], bigEndian: true), Common(1, 30, 32, 44100, "fl32"), Sound(sound), .. texts]);

        static TestCaseData Form(string name, string id, string kind, byte[][] chunks) =>
            new TestCaseData(name, (byte[])[.. Chunk(id, [])[..4], 0, 0, 0, 0, .. Chunk(kind, [])[..4]], chunks).SetArgDisplayNames(name);
    }
}
