using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Audio.Ffmpeg;
using SoundSearch.Engine.Audio.Opus;
using SoundSearch.Engine.Audio.Pcm;
using SoundSearch.Engine.Audio.SndFile;

namespace SoundSearch.Tests.Engine.Audio;

/// <summary>Real sounds, converted to every format by ffmpeg, and decoded by us and by it.</summary>
internal sealed class RealSoundTests
{
    private enum By
    {
        Managed,
        SndFile,
        Ffmpeg,
    }

    // Ending, ffmpeg's arguments, who of us reads it, and whether it is lossless.
    private static readonly (string Name, string Arguments, By Reader, bool Lossless)[] formats =
    [
        ("u8.wav", "-c:a pcm_u8", By.Managed, true),
        ("s16.wav", "-c:a pcm_s16le", By.Managed, true),
        ("s24.wav", "-c:a pcm_s24le", By.Managed, true),
        ("s32.wav", "-c:a pcm_s32le", By.Managed, true),
        ("f32.wav", "-c:a pcm_f32le", By.Managed, true),
        ("f64.wav", "-c:a pcm_f64le", By.Managed, true),
        ("alaw.wav", "-c:a pcm_alaw", By.Managed, true),
        ("mulaw.wav", "-c:a pcm_mulaw", By.Managed, true),
        ("5.1.wav", "-ac 6 -c:a pcm_s24le", By.Managed, true),
        ("rf64.wav", "-rf64 always -c:a pcm_s16le", By.Managed, true),
        ("s8.aiff", "-c:a pcm_s8", By.Managed, true),
        ("s16.aiff", "-c:a pcm_s16be", By.Managed, true),
        ("s24.aiff", "-c:a pcm_s24be", By.Managed, true),
        ("s32.aiff", "-c:a pcm_s32be", By.Managed, true),
        ("sowt.aiff", "-c:a pcm_s16le", By.Managed, true),
        ("f32.aiff", "-c:a pcm_f32be", By.Managed, true),
        ("f64.aiff", "-c:a pcm_f64be", By.Managed, true),
        ("s16.flac", "-c:a flac -sample_fmt s16", By.SndFile, true),
        ("s24.flac", "-c:a flac -sample_fmt s32", By.SndFile, true),
        ("s16.caf", "-c:a pcm_s16be", By.SndFile, true),
        ("s16.w64", "-c:a pcm_s16le", By.SndFile, true),
        ("s16.au", "-c:a pcm_s16be", By.SndFile, true),
        ("adpcm.wav", "-c:a adpcm_ms", By.SndFile, true),
        ("vorbis.ogg", "-c:a libvorbis -q:a 5", By.SndFile, false),
        ("48k.opus", "-ar 48000 -c:a libopus -b:a 96k", By.SndFile, false),
        ("lame.mp3", "-c:a libmp3lame -b:a 160k", By.SndFile, false),
        ("mp3.wav", "-c:a libmp3lame -b:a 160k", By.SndFile, false),
        ("alac.m4a", "-c:a alac", By.Ffmpeg, true),
        ("aac.m4a", "-c:a aac -b:a 160k", By.Ffmpeg, false),
        ("wma.wma", "-c:a wmav2", By.Ffmpeg, false),
        ("wv.wv", "-c:a wavpack", By.Ffmpeg, true),
        ("aac.mkv", "-c:a aac", By.Ffmpeg, false),
    ];

    private string folder = "";
    private string[] sources = [];

    [OneTimeSetUp]
    public void Convert()
    {
        string data = SharedSounds();
        if (AudioHelpers.Installed.FfmpegPath is null)
            Assert.Ignore("skipped: ffmpeg not installed");
        folder = Directory.CreateTempSubdirectory("soundsearch-").FullName;
        // Four sounds of one to five seconds, far apart in the list.
        string[] candidates = [.. System.IO.File.ReadLines(Path.Combine(data, "manifest.csv")).Skip(1).Select(line => line.Split(','))
            .Where(row => row.Length > 4 && double.TryParse(row[4], CultureInfo.InvariantCulture, out double seconds) && seconds is > 1 and < 5.1)
            .Select(row => Path.Combine(data, row[0])).Where(System.IO.File.Exists)];
        if (candidates.Length < 4)
            Assert.Ignore("skipped: no sounds of one to five seconds in ../shared/data/audio");
        sources = [.. Enumerable.Range(0, 4).Select(i => candidates[(candidates.Length - 1) * i / 3])];
        for (int i = 0; i < sources.Length; i++)
        {
            List<string> arguments = ["-i", sources[i]];
            foreach ((string name, string options, _, _) in formats)
                arguments.AddRange(["-map", "0:a:0", "-ar", "44100", "-ac", i % 2 == 0 ? "2" : "1", .. options.Split(' '), Path.Combine(folder, $"{i}.{name}")]);
            Ffmpeg([.. arguments]);
        }
    }

    [OneTimeTearDown]
    public void Remove()
    {
        if (folder.Length > 0)
            Directory.Delete(folder, recursive: true);
    }

    [TestCaseSource(nameof(Names))]
    public void Decodes_as_ffmpeg_does(string name)
    {
        (_, _, By by, bool lossless) = formats.Single(format => format.Name == name);
        if (by == By.SndFile && !AudioHelpers.Installed.SndFile)
            Assert.Ignore("skipped: libsndfile not installed");
        for (int i = 0; i < sources.Length; i++)
        {
            string path = Path.Combine(folder, $"{i}.{name}");
            using IAudioReader reader = AudioFile.Open(path);
            By actual = reader switch { PcmReader => By.Managed, SndFileReader => By.SndFile, FfmpegReader => By.Ffmpeg, _ => (By)(-1) };
            if (by != By.SndFile || lossless)
                Assert.That(actual, Is.EqualTo(by));
            float[] ours = ReadAll(reader), theirs = MemoryMarshal.Cast<byte, float>(Ffmpeg("-i", path, "-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1")).ToArray();
            // MPEG in WAV carries no count, so there it is an estimate.
            if (reader.Frames is { } frames && name != "mp3.wav")
                Assert.That(ours, Has.Length.EqualTo(frames * reader.Channels), "the header's length is the true one");
            if (lossless)
            {
                Assert.That(ours, Has.Length.EqualTo(theirs.Length));
                Assert.That(Goldens.MaxDifference(ours, theirs), Is.LessThanOrEqualTo(0.5f / 32768));
                continue;
            }
            (int shift, double correlation) = Align(ours, theirs, reader.Channels);
            TestContext.Out.WriteLine($"{i}.{name}: by {actual}, {ours.Length / reader.Channels} frames, ffmpeg {theirs.Length / reader.Channels}; shifted by {shift}: correlation {correlation:F6}");
            Assert.That(correlation, Is.GreaterThan(0.999));
            // MPEG's encoder and decoder delay: 1,105 frames at the start and up to one packet of 1,152 at the end, which decoders may trim or not.
            Assert.That(Math.Abs(ours.Length - theirs.Length) / reader.Channels, Is.LessThanOrEqualTo(1105 + 1152 + 1152));
        }
    }

    [TestCase("1", "12")]
    [TestCase("1", "32")]
    [TestCase("2", "24")]
    [TestCase("2", "128")]
    public void Opus_is_what_libopus_makes_of_it(string channels, string kilobits)
    {
        if (OpusLibrary.Instance is not { } library)
        {
            Assert.Ignore("skipped: libopus not installed");
            return;
        }
        string path = Path.Combine(folder, $"{channels}-{kilobits}.opus");
        Ffmpeg("-i", sources[0], "-ac", channels, "-ar", "48000", "-c:a", "libopus", "-b:a", kilobits + "k", path);
        byte[] bytes = Ffmpeg("-c:a", "libopus", "-i", path, "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1");
        using OpusReader reader = OpusReader.TryOpen(library, System.IO.File.OpenRead(path))!;
        float[] ours = ReadAll(reader), theirs = MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        Assert.That(reader.Frames * reader.Channels, Is.EqualTo(theirs.Length));
        Assert.That(ours, Has.Length.EqualTo(theirs.Length));
        // ffmpeg has libopus write 16 bits.
        float[] rounded = [.. ours.Select(sample => Math.Clamp(MathF.Round(sample * 32768), -32768, 32767) / 32768)];
        Assert.That(Goldens.MaxDifference(rounded, theirs), Is.LessThanOrEqualTo(1f / 32768));
        Assert.That(rounded.Zip(theirs).Count(pair => pair.First == pair.Second), Is.GreaterThan(0.99 * ours.Length));
    }

    [Test]
    public void Opus_of_lower_rates_is_the_same_sound()
    {
        if (!AudioHelpers.Installed.SndFile)
            Assert.Ignore("skipped: libsndfile not installed");
        string path = Path.Combine(folder, "24k.opus");
        Ffmpeg("-i", sources[0], "-ar", "24000", "-ac", "1", "-c:a", "libopus", path);
        using MonoReader reader = MonoReader.Open(path, 48000);
        float[] ours = reader.ReadAll(), theirs = MemoryMarshal.Cast<byte, float>(Ffmpeg("-i", path, "-f", "f32le", "pipe:1")).ToArray();
        (int shift, double correlation) = Align(ours, theirs, 1);
        TestContext.Out.WriteLine($"{reader.SourceSampleRate} Hz, {ours.Length} frames, ffmpeg {theirs.Length}; shifted by {shift}: correlation {correlation:F6}");
        Assert.That(correlation, Is.GreaterThan(0.999));
    }

    [Test]
    public void Streams_that_ffmpeg_writes_to_a_pipe_have_no_sizes_and_are_read_whole()
    {
        foreach (string kind in (string[])["wav", "aiff"])
        {
            byte[] piped = Ffmpeg("-i", sources[0], "-c:a", kind == "wav" ? "pcm_s16le" : "pcm_s16be", "-f", kind, "pipe:1");
            using var file = new TemporaryFile(piped, "." + kind);
            using IAudioReader reader = AudioFile.Open(file.Path, AudioHelpers.None);
            float[] ours = ReadAll(reader);
            float[] theirs = MemoryMarshal.Cast<byte, float>(Ffmpeg("-i", sources[0], "-c:a", "pcm_s16le", "-f", "wav", "-ar", $"{reader.SampleRate}", Path.Combine(folder, "whole." + kind + ".wav"), "-f", "f32le", "pipe:1")).ToArray();
            Assert.That(ours, Has.Length.EqualTo(theirs.Length), kind);
        }
    }

    [TestCase("tags.flac")]
    [TestCase("tags.ogg")]
    [TestCase("tags.opus")]
    public void Tags_are_found_without_any_helper(string name)
    {
        string path = Path.Combine(folder, name);
        // ffmpeg writes its "comment" as DESCRIPTION, which is the Vorbis name.
        Ffmpeg("-i", sources[0], "-map_metadata", "-1", "-metadata", "title=Großer Regen", "-metadata", "genre=Weather", "-metadata", "comment=on tin", "-metadata", "artist=" + new string('x', 3000), path);
        AudioMetadata metadata = AudioFile.ReadMetadata(path, AudioHelpers.None);
        Assert.That((metadata.Title, metadata.Keywords, metadata.Description), Is.EqualTo(("Großer Regen", "Weather", "on tin")));
    }

    [Test]
    public void Tags_of_mp3_are_found_through_libsndfile()
    {
        if (!AudioHelpers.Installed.SndFile)
            Assert.Ignore("skipped: libsndfile not installed");
        string path = Path.Combine(folder, "tags.mp3");
        Ffmpeg("-i", sources[0], "-metadata", "title=Großer Regen", "-metadata", "artist=me", path);
        AudioMetadata metadata = AudioFile.ReadMetadata(path);
        Assert.That((metadata.Title, metadata.Author), Is.EqualTo(("Großer Regen", "me")));
    }

    [Test]
    public void Every_fortieth_sound_of_the_pack_opens_and_has_the_length_that_the_manifest_gives()
    {
        if (!AudioHelpers.Installed.SndFile)
            Assert.Ignore("skipped: libsndfile not installed");
        string data = SharedSounds();
        int count = 0;
        foreach (string[] row in System.IO.File.ReadLines(Path.Combine(data, "manifest.csv")).Skip(1).Select(line => line.Split(',')).Where((row, i) => i % 40 == 0 && !row.Any(cell => cell.Contains('"'))))
        {
            using MonoReader reader = MonoReader.Open(Path.Combine(data, row[0]), 32000);
            float[] samples = reader.ReadAll();
            Assert.That(samples.Length / 32000.0, Is.EqualTo(double.Parse(row[4], CultureInfo.InvariantCulture)).Within(0.05), row[0]);
            count++;
        }
        Assert.That(count, Is.GreaterThan(100));
    }

    private static IEnumerable<string> Names() => formats.Select(format => format.Name);

    /// <summary>Best normalised correlation over shifts of at most 3,000 frames (codec delay), on the sum of the channels; first coarsely on every shift.</summary>
    private static (int Shift, double Correlation) Align(float[] ours, float[] theirs, int channels)
    {
        float[] a = Mono(ours, channels), b = Mono(theirs, channels);
        (int Shift, double Correlation) best = (0, Correlation(a, b, 0));
        // 8,192 frames from the loudest place are enough to find the shift.
        for (int shift = -3000; best.Correlation < 0.999 && shift <= 3000; shift++)
        {
            double correlation = Correlation(a, b, shift, 8192);
            if (correlation > best.Correlation)
                best = (shift, correlation);
        }
        return (best.Shift, Correlation(a, b, best.Shift));
    }

    private static double Correlation(float[] a, float[] b, int shift, int limit = int.MaxValue)
    {
        int from = Math.Max(0, -shift), to = Math.Min(a.Length, b.Length - shift);
        if (to - from > limit)
        {
            int loudest = Array.IndexOf(a, a.AsSpan(from, to - from).ToArray().MaxBy(Math.Abs));
            from = Math.Clamp(loudest - limit / 2, from, to - limit);
            to = from + limit;
        }
        double ab = 0, aa = 0, bb = 0;
        for (int i = from; i < to; i++)
        {
            ab += (double)a[i] * b[i + shift];
            aa += (double)a[i] * a[i];
            bb += (double)b[i + shift] * b[i + shift];
        }
        return ab / Math.Sqrt(aa * bb + 1e-30);
    }

    private static float[] Mono(float[] interleaved, int channels) => [.. interleaved.Chunk(channels).Select(frame => frame.Sum() / channels)];

    private static float[] ReadAll(IAudioReader reader)
    {
        List<float> all = [];
        float[] block = new float[4099 * reader.Channels + 1];
        for (int got; (got = reader.Read(block)) > 0;)
            all.AddRange(block.AsSpan(0, got));
        return [.. all];
    }

    private static string SharedSounds()
    {
        for (DirectoryInfo? at = new(TestContext.CurrentContext.TestDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "shared", "data", "audio");
            if (System.IO.File.Exists(Path.Combine(candidate, "manifest.csv")))
                return candidate;
        }
        Assert.Ignore("skipped: no ../shared/data/audio");
        return "";
    }

    /// <summary>Runs ffmpeg to its end and gives what it wrote to standard output.</summary>
    private static byte[] Ffmpeg(params string[] arguments)
    {
        var start = new ProcessStartInfo(AudioHelpers.Installed.FfmpegPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (string argument in (string[])["-nostdin", "-y", "-loglevel", "error", .. arguments])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, string.Join(' ', arguments));
        return output.ToArray();
    }
}
