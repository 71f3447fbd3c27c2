using SoundSearch.Engine.Audio.Aiff;
using SoundSearch.Engine.Formats;
using static SoundSearch.Tests.Engine.Audio.WavBytes;

namespace SoundSearch.Tests.Engine.Audio;

internal sealed class AiffReaderTests
{
    private static readonly float[] ramp = [-1, -0.5f, 0, 0.25f, 0.75f, 0.5f];
    private static readonly byte[] ramp16 = Swap(Shorts(-32768, -16384, 0, 8192, 24576, 16384), 2);

    [Test]
    public void All_sample_formats_give_the_same_values()
    {
        byte[] bytes8 = [.. ramp.Select(x => (byte)(sbyte)(x * 128))], unsigned8 = [.. bytes8.Select(b => (byte)(b ^ 0x80))];
        byte[] little24 = [.. ramp.SelectMany(x => BitConverter.GetBytes((int)(x * 8388608)).Take(3))];
        byte[] little32 = [.. ramp.SelectMany(x => BitConverter.GetBytes((int)(x * 2147483648.0)))];
        byte[] floats = Swap([.. ramp.SelectMany(BitConverter.GetBytes)], 4), doubles = Swap([.. ramp.SelectMany(x => BitConverter.GetBytes((double)x))], 8);
        (string? Compression, int Bits, byte[] Data)[] kinds =
        [
            (null, 8, bytes8), (null, 16, ramp16), (null, 24, Swap(little24, 3)), (null, 32, Swap(little32, 4)),
            ("NONE", 16, ramp16), ("twos", 16, ramp16), ("sowt", 16, Swap(ramp16, 2)), ("sowt", 24, little24), ("raw ", 8, unsigned8),
            ("in24", 24, Swap(little24, 3)), ("42ni", 24, little24), ("in32", 32, Swap(little32, 4)), ("23ni", 32, little32),
            ("fl32", 32, floats), ("FL32", 32, floats), ("fl64", 64, doubles), ("FL64", 64, doubles),
        ];
        foreach ((string? compression, int bits, byte[] data) in kinds)
        {
            for (int channels = 1; channels <= 3; channels++)
            {
                byte[] file = AiffFile(compression is null ? "AIFF" : "AIFC", Common(channels, (uint)(6 / channels), bits, 44100, compression), Sound(data));
                Assert.That(Decode(file, channels), Is.EqualTo(ramp), $"{compression} {bits} bits");
            }
        }
    }

    [TestCase(8000u)]
    [TestCase(22255u)]
    [TestCase(44100u)]
    [TestCase(192000u)]
    [TestCase(3072000u)]
    public void Extended_rates_are_read(uint rate) =>
        Assert.That(AiffReader.TryOpen(new MemoryStream(AiffFile("AIFF", Common(1, 6, 16, rate), Sound(ramp16))), "x.aif")!.SampleRate, Is.EqualTo(rate));

    [Test]
    public void Extended_numbers_follow_their_definition()
    {
        Assert.That(AiffCommon.ReadExtended([0x40, 0x0D, 0xAD, 0xDD, 0x17, 0x45, 0xD1, 0x74, 0x5D, 0x17]), Is.EqualTo(22254.5454545454545).Within(1e-9), "the Macintosh's rate");
        Assert.That(AiffCommon.ReadExtended([0xC0, 0x00, 0x80, 0, 0, 0, 0, 0, 0, 0]), Is.EqualTo(-2));
        Assert.That(AiffCommon.ReadExtended(new byte[10]), Is.Zero);
        Assert.That(AiffCommon.ReadExtended([0x7F, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]), Is.NaN);
    }

    [Test]
    public void Chunks_in_any_order_and_an_offset_to_the_first_frame_are_followed()
    {
        byte[] sound = new byte[8 + 4 + 12];
        sound[3] = 4;
        ramp16.CopyTo(sound, 12);
        byte[] file = AiffFile("AIFF", Chunk("NAME", "odd"u8.ToArray(), bigEndian: true), Chunk("SSND", sound, bigEndian: true), Common(1, 6, 16, 44100), Chunk("ANNO", new byte[4], bigEndian: true));
        Assert.That(Decode(file), Is.EqualTo(ramp));
    }

    [Test]
    public void Sizes_that_were_never_filled_in_mean_to_the_end([Values(0u, 8u, 0xFFFFFFFFu)] uint size) =>
        Assert.That(Decode(AiffFile("AIFF", Common(1, 0, 16, 44100), Sound(ramp16, size))), Is.EqualTo(ramp));

    [Test]
    public void The_frame_count_ends_the_sound_and_truncation_does_earlier()
    {
        byte[] file = AiffFile("AIFF", Common(1, 5, 16, 44100), Sound(ramp16));
        Assert.That(Decode(file), Is.EqualTo(ramp[..5]));
        Assert.That(Decode(file[..^5]), Is.EqualTo(ramp[..3]));
    }

    [Test]
    public void Without_frames_no_sound_chunk_is_needed() => Assert.That(Decode(AiffFile("AIFF", Common(1, 0, 16, 44100))), Is.Empty);

    [Test]
    public void Compressed_codecs_are_left_to_others([Values("ima4", "MAC3", "QDM2", "ulaw!")] string codec)
    {
        var reader = AiffReader.TryOpen(new MemoryStream(AiffFile("AIFC", Common(1, 6, 16, 44100, codec[..4]), Sound(ramp16))), "x.aifc");
        Assert.That(reader, codec.EndsWith('!') ? Is.Not.Null : Is.Null);
    }

    [Test]
    public void Impossible_headers_are_refused_with_path_and_remedy()
    {
        byte[] sound = Sound(ramp16), far = Sound(ramp16);
        far[8] = 0x7F;
        (byte[] File, string Says)[] bad =
        [
            (AiffFile("AIFF", sound), "COMM chunk"),
            (AiffFile("AIFF", Common(1, 6, 16, 44100)), "SSND chunk"),
            (AiffFile("AIFF", Common(0, 6, 16, 44100), sound), "channel"),
            (AiffFile("AIFF", Common(1, 6, 0, 44100), sound), "bits"),
            (AiffFile("AIFF", Common(1, 6, 33, 44100), sound), "bits"),
            (AiffFile("AIFF", Common(1, 6, 16, 0), sound), "sample rate"),
            (AiffFile("AIFF", Common(1, 6, 16, uint.MaxValue), sound), "sample rate"),
            (AiffFile("AIFC", Common(1, 6, 16, 44100), sound), "COMM chunk of 18 bytes, in AIFC 22"),
            (AiffFile("AIFF", Common(1, 6, 16, 44100), far), "first frame"),
        ];
        foreach ((byte[] file, string says) in bad)
            Assert.That(() => AiffReader.TryOpen(new MemoryStream(file), "dir/x.aif"), Throws.TypeOf<FileFormatException>().With.Message.Contains("dir/x.aif").And.Message.Contains(says));
    }

    private static float[] Decode(byte[] file, int channels = 1)
    {
        using AiffReader reader = AiffReader.TryOpen(new MemoryStream(file), "x.aif")!;
        Assert.That((reader.SampleRate, reader.Channels), Is.EqualTo((44100, channels)));
        float[] samples = new float[600];
        int count = reader.Read(samples);
        Assert.That(reader.Frames * channels, Is.EqualTo(count));
        return samples[..count];
    }

    private static byte[] Swap(byte[] bytes, int size) => [.. bytes.Chunk(size).SelectMany(sample => sample.Reverse())];
}
