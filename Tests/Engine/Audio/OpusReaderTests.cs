using SoundSearch.Engine.Audio.Opus;
using static SoundSearch.Tests.Engine.Audio.OggBytes;

namespace SoundSearch.Tests.Engine.Audio;

/// <summary>Timing on packets that hold nothing (the decoder makes up 20 ms each); real sounds are in <see cref="RealSoundTests"/>.</summary>
internal sealed class OpusReaderTests
{
    private const int Packet = 960;

    // 20 ms of full band, mono and stereo, without contents.
    private static readonly byte[] mono = [31 << 3], stereo = [31 << 3 | 4], tags = [.. "OpusTags"u8, .. new byte[8]];

    [TestCase(1)]
    [TestCase(2)]
    public void Delay_and_what_the_last_page_does_not_count_are_cut_off(int channels)
    {
        byte[] packet = channels == 1 ? mono : stereo;
        using OpusReader reader = Open([.. Head(channels, 312), .. Page(2, 3 * Packet, 0, packet, packet, packet), .. Page(3, 4 * Packet + 10, Last, packet, packet)])!;
        Assert.That((reader.SampleRate, reader.Channels), Is.EqualTo((48000, channels)));
        Assert.That(reader.Frames, Is.EqualTo(4 * Packet + 10 - 312));
        Assert.That(Count(reader), Is.EqualTo((4 * Packet + 10 - 312) * channels));
    }

    [Test]
    public void A_delay_longer_than_a_packet_is_cut_off()
    {
        using OpusReader reader = Open([.. Head(1, 1000), .. Page(2, 3 * Packet, Last, mono, mono, mono)])!;
        Assert.That(Count(reader), Is.EqualTo(3 * Packet - 1000));
    }

    [Test]
    public void A_piece_of_a_longer_stream_is_counted_from_its_own_start()
    {
        using OpusReader reader = Open([.. Head(1, 312), .. Page(900, 500_000, 0, mono, mono), .. Page(901, 500_000 + Packet / 2, Last, mono)])!;
        Assert.That(Count(reader), Is.EqualTo(2 * Packet + Packet / 2 - 312));
    }

    [Test]
    public void Streams_that_were_cut_off_are_read_to_where_they_end()
    {
        byte[] file = [.. Head(1, 0), .. Page(2, 2 * Packet, 0, mono, mono), .. Page(3, 4 * Packet, Last, mono, mono)];
        using (OpusReader reader = Open(file[..^1])!)
            Assert.That(Count(reader), Is.EqualTo(2 * Packet));
        using (OpusReader reader = Open(Head(1, 0))!)
            Assert.That((Count(reader), reader.Frames), Is.EqualTo((0, (long?)null)));
    }

    [Test]
    public void A_damaged_packet_is_silence_of_its_length()
    {
        byte[] damaged = [31 << 3 | 3]; // says that a count of frames follows, and none does
        using OpusReader reader = Open([.. Head(1, 0), .. Page(2, 3 * Packet, Last, mono, damaged, mono)])!;
        Assert.That(Count(reader), Is.EqualTo(3 * Packet));
    }

    [Test]
    public void Other_contents_are_refused_and_the_stream_is_left_open()
    {
        byte[][] files =
        [
            [], "RIFF"u8.ToArray(), Page(0, 0, First, "\u0001vorbis"u8.ToArray(), tags), Page(0, 0, First, "OpusHead"u8.ToArray()),
            Page(0, 0, First, HeadPacket(3, 0)), Page(0, 0, First, HeadPacket(0, 0)), Page(0, 0, First, HeadPacket(1, 0, version: 16)), Page(0, 0, First, HeadPacket(2, 0, family: 1)),
        ];
        foreach (byte[] file in files)
        {
            using var stream = new MemoryStream(file);
            Assert.That(OpusReader.TryOpen(Library(), stream), Is.Null);
            Assert.That(stream.CanRead);
        }
    }

    [Test]
    public void Decoders_do_not_know_of_one_another()
    {
        byte[] file = [.. Head(1, 0), .. Page(2, 20 * Packet, Last, [.. Enumerable.Range(0, 20).Select(i => (byte[])[31 << 3, .. Noise(i)])])];
        float[] alone = new float[20 * Packet], first = new float[20 * Packet], second = new float[20 * Packet];
        using (OpusReader reader = Open(file)!)
            reader.Read(alone);
        using (OpusReader one = Open(file)!, other = Open(file)!)
        {
            for (int i = 0; i < alone.Length; i += 700)
            {
                one.Read(first.AsSpan(i, Math.Min(700, alone.Length - i)));
                other.Read(second.AsSpan(i, Math.Min(700, alone.Length - i)));
            }
        }
        Assert.That(alone.Max(MathF.Abs), Is.GreaterThan(0.01f), "random bytes make noise");
        Assert.That(first, Is.EqualTo(alone));
        Assert.That(second, Is.EqualTo(alone));
    }

    private static byte[] Noise(int seed)
    {
        byte[] bytes = new byte[100];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] HeadPacket(int channels, int delay, int version = 1, int family = 0) =>
        [.. "OpusHead"u8, (byte)version, (byte)channels, (byte)delay, (byte)(delay >> 8), 0x80, 0xBB, 0, 0, 0, 0, (byte)family];

    private static byte[] Head(int channels, int delay) => [.. Page(0, 0, First, HeadPacket(channels, delay)), .. Page(1, 0, 0, tags)];

    private static OpusReader? Open(byte[] file) => OpusReader.TryOpen(Library(), new MemoryStream(file));

    private static int Count(OpusReader reader)
    {
        float[] block = new float[1001];
        int count = 0;
        for (int got; (got = reader.Read(block)) > 0;)
            count += got;
        return count;
    }

    private static OpusLibrary Library()
    {
        if (OpusLibrary.Instance is null)
            Assert.Ignore("skipped: libopus not installed");
        return OpusLibrary.Instance!;
    }
}
