using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Audio.Aiff;
using SoundSearch.Engine.Audio.Ffmpeg;
using SoundSearch.Engine.Audio.Wav;
using SoundSearch.Engine.Formats;
using static SoundSearch.Tests.Engine.Audio.WavBytes;

namespace SoundSearch.Tests.Engine.Audio;

internal sealed class AudioFileTests
{
    private static readonly byte[] wav = File(Format(1, 1, 8000, 16), Chunk("data", Shorts(1, 2, 3)));

    [Test]
    public void The_first_bytes_decide_and_not_the_name()
    {
        using var misnamed = new TemporaryFile(wav, ".mp3");
        using (IAudioReader reader = AudioFile.Open(misnamed.Path, AudioHelpers.None))
            Assert.That(reader, Is.TypeOf<WavReader>());
        using var aiff = new TemporaryFile(AiffFile("AIFF", Common(1, 1, 16, 44100), Sound([1, 2])), ".wav");
        using (IAudioReader reader = AudioFile.Open(aiff.Path, AudioHelpers.None))
            Assert.That(reader, Is.TypeOf<AiffReader>());
    }

    [TestCase(".flac", "libsndfile1")]
    [TestCase(".OPUS", "libsndfile1")]
    [TestCase(".m4a", "ffmpeg")]
    [TestCase("", "ffmpeg")]
    public void Without_helpers_the_package_to_install_is_named(string ending, string package)
    {
        using var file = new TemporaryFile("something that is no wave"u8.ToArray(), ending);
        Assert.That(() => AudioFile.Open(file.Path, AudioHelpers.None), Throws.TypeOf<AudioDecodeException>()
            .With.Property(nameof(AudioDecodeException.Package)).EqualTo(package).And.Message.Contains(file.Path).And.Message.Contains("apt install " + package));
    }

    [Test]
    public void A_compressed_wav_goes_to_the_helpers()
    {
        using var file = new TemporaryFile(File(Format(0x55, 1, 8000, 0, blockAlign: 1), Chunk("data", Shorts(1))), ".wav");
        Assert.That(() => AudioFile.Open(file.Path, AudioHelpers.None), Throws.TypeOf<AudioDecodeException>());
    }

    [Test]
    public void An_ffmpeg_that_cannot_be_run_is_an_error_of_decoding()
    {
        using var file = new TemporaryFile(new byte[100], ".m4a");
        Assert.That(() => AudioFile.Open(file.Path, new AudioHelpers(false, "/nonexistent/ffmpeg")), Throws.TypeOf<AudioDecodeException>().With.Message.Contains("apt install ffmpeg"));
    }

    [Test]
    public void Empty_files_and_playlists_are_refused()
    {
        using var empty = new TemporaryFile([], ".wav");
        Assert.That(() => AudioFile.Open(empty.Path), Throws.TypeOf<FileFormatException>().With.Message.Contains("an empty file"));
        foreach (string text in (string[])["#EXTM3U\nhttp://example.org/a.mp3\n", "ffconcat version 1.0\nfile a.wav\n"])
        {
            using var list = new TemporaryFile(System.Text.Encoding.ASCII.GetBytes(text), ".m3u8");
            Assert.That(() => AudioFile.Open(list.Path), Throws.TypeOf<FileFormatException>().With.Message.Contains("a playlist"));
        }
        Assert.That(() => AudioFile.Open(empty.Path + ".gone"), Throws.TypeOf<FileNotFoundException>());
    }

    [Test]
    public void What_no_helper_can_read_is_refused_in_its_words()
    {
        string program = NeedFfmpeg();
        using var text = new TemporaryFile("This is not a sound; it is a sentence.\n"u8.ToArray(), ".m4a");
        Assert.That(() => AudioFile.Open(text.Path), Throws.TypeOf<AudioDecodeException>().With.Message.Contains(text.Path).And.Message.Contains("ffmpeg cannot decode it: ").And.Message.Not.Contains("no reason given"));
        // A picture has a track, but not of sound.
        using var picture = new TemporaryFile([.. "P6 2 2 255\n"u8, .. new byte[12]], ".ppm");
        Assert.That(() => FfmpegReader.Open(program, picture.Path), Throws.TypeOf<AudioDecodeException>());
    }

    [Test]
    public void Strange_names_are_only_names()
    {
        NeedFfmpeg();
        foreach (string name in (string[])["-i x.m4a", "http:x.m4a", "a;b $(c) 'd' \"e\".m4a", "%03d.m4a", "größe ♫.m4a"])
        {
            string folder = Directory.CreateTempSubdirectory("soundsearch-").FullName;
            string path = Path.Combine(folder, name);
            System.IO.File.WriteAllBytes(path, wav);
            using (IAudioReader reader = FfmpegReader.Open(AudioHelpers.Installed.FfmpegPath!, path))
            {
                float[] samples = new float[10];
                Assert.That(reader.Read(samples), Is.EqualTo(3), name);
                Assert.That(samples[..3], Is.EqualTo(new[] { 1 / 32768f, 2 / 32768f, 3 / 32768f }), name);
            }
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void Disposing_in_the_middle_ends_the_process()
    {
        string program = NeedFfmpeg();
        // More than a pipe holds, so that ffmpeg is still writing.
        using var file = new TemporaryFile(File(Format(1, 1, 48000, 16), Chunk("data", new byte[4_000_000])), ".wav");
        int id;
        using (FfmpegReader reader = FfmpegReader.Open(program, file.Path))
        {
            Assert.That(reader.Read(new float[100]), Is.EqualTo(100));
            id = reader.ProcessId;
            Assert.That(IsAlive(id));
        }
        Assert.That(() => IsAlive(id), Is.False.After(60_000, 20));

        static bool IsAlive(int id)
        {
            try
            {
                using var process = System.Diagnostics.Process.GetProcessById(id);
                return !process.HasExited;
            }
            catch (ArgumentException)
            {
                return false;
            }
        }
    }

    [Test]
    public void Usual_name_endings_are_known_in_any_case()
    {
        foreach (string ending in (string[])[".wav", ".AIF", ".Flac", ".opus", ".m4a", ".mp4"])
            Assert.That(AudioFile.Extensions.Contains(ending), ending);
        Assert.That(AudioFile.Extensions.Contains(".txt"), Is.False);
    }

    private static string NeedFfmpeg()
    {
        if (AudioHelpers.Installed.FfmpegPath is not { } program)
        {
            Assert.Ignore("skipped: ffmpeg not installed");
            throw new InvalidOperationException();
        }
        return program;
    }
}
