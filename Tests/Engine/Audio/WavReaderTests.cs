using SoundSearch.Engine.Audio.Wav;
using SoundSearch.Engine.Formats;
using static SoundSearch.Tests.Engine.Audio.WavBytes;

namespace SoundSearch.Tests.Engine.Audio;

internal sealed class WavReaderTests
{
    private static readonly float[] ramp = [-1, -0.5f, 0, 0.25f, 0.75f, 0.5f];
    private static readonly byte[] ramp16 = Shorts(-32768, -16384, 0, 8192, 24576, 16384);

    [Test]
    public void All_sample_sizes_give_the_same_values()
    {
        (int Tag, int Bits, byte[] Data)[] kinds =
        [
            (1, 8, [0, 64, 128, 160, 224, 192]),
            (1, 16, ramp16),
            (1, 24, [.. ramp.SelectMany(x => BitConverter.GetBytes((int)(x * 8388608)).Take(3))]),
            (1, 32, [.. ramp.SelectMany(x => BitConverter.GetBytes((int)(x * 2147483648.0)))]),
            (3, 32, [.. ramp.SelectMany(BitConverter.GetBytes)]),
            (3, 64, [.. ramp.SelectMany(x => BitConverter.GetBytes((double)x))]),
        ];
        foreach ((int tag, int bits, byte[] data) in kinds)
        {
            for (int channels = 1; channels <= 3; channels++)
            {
                Assert.That(Decode(File(Format(tag, channels, 8000, bits), Chunk("data", data)), channels), Is.EqualTo(ramp), $"{bits} bits");
                Assert.That(Decode(File(ExtensibleFormat(tag, channels, 8000, bits, bits), Chunk("data", data)), channels), Is.EqualTo(ramp), $"{bits} bits, extensible");
            }
        }
    }

    [Test]
    public void Twenty_bits_lie_high_in_three_bytes_and_twenty_four_high_in_four()
    {
        Assert.That(Decode(File(ExtensibleFormat(1, 1, 8000, 24, 20), Chunk("data", [0, 0, 0x40, 0, 0, 0xC0]))), Is.EqualTo(new[] { 0.5f, -0.5f }));
        Assert.That(Decode(File(Format(1, 1, 8000, 24, blockAlign: 4), Chunk("data", [0, 0, 0, 0x40]))), Is.EqualTo(new[] { 0.5f }));
    }

    [Test]
    public void G711_follows_the_standard_values()
    {
        // ITU-T G.711: mu-law 0x00 is -32124, 0xFF is 0; A-law 0x2A is -32256, 0xD5 is +8.
        Assert.That(Decode(File(Format(7, 1, 8000, 8), Chunk("data", [0x00, 0x80, 0xFF, 0x7F]))), Is.EqualTo(new[] { -32124 / 32768f, 32124 / 32768f, 0, 0 }));
        Assert.That(Decode(File(Format(6, 1, 8000, 8), Chunk("data", [0x2A, 0xAA, 0xD5, 0x55]))), Is.EqualTo(new[] { -32256 / 32768f, 32256 / 32768f, 8 / 32768f, -8 / 32768f }));
    }

    [Test]
    public void Chunks_before_and_after_the_data_are_passed_over()
    {
        byte[] file = File(Chunk("JUNK", new byte[28]), Chunk("bext", new byte[603]), Format(1, 1, 8000, 16), Chunk("fact", new byte[4]), Chunk("data", ramp16), Chunk("LIST", "INFOx"u8.ToArray()));
        Assert.That(Decode(file), Is.EqualTo(ramp));
        Assert.That(Decode(File(Chunk("data", ramp16), Format(1, 1, 8000, 16))), Is.EqualTo(ramp), "format after data");
    }

    [Test]
    public void A_missing_pad_byte_is_noticed()
    {
        byte[] odd = Chunk("LIST", new byte[5]);
        Assert.That(Decode(File(Format(1, 1, 8000, 16), odd[..^1], Chunk("data", ramp16))), Is.EqualTo(ramp));
        Assert.That(Decode(File(Format(1, 1, 8000, 16), odd, Chunk("data", ramp16))), Is.EqualTo(ramp), "and its presence too");
    }

    [Test]
    public void Sizes_that_a_streaming_recorder_left_open_mean_to_the_end([Values(0u, 0xFFFFFFFFu, 0x7FFFF000u, 1000u)] uint size) =>
        Assert.That(Decode(File(Format(1, 1, 8000, 16), Chunk("data", ramp16, size))), Is.EqualTo(ramp));

    [Test]
    public void Empty_data_before_other_chunks_is_empty()
    {
        Assert.That(Decode(File(Format(1, 1, 8000, 16), Chunk("data", []), Chunk("LIST", "INFO"u8.ToArray()))), Is.Empty);
        Assert.That(Decode(File(Format(1, 1, 8000, 16), Chunk("data", []))), Is.Empty);
    }

    [Test]
    public void Of_a_truncated_file_the_whole_frames_are_read()
    {
        byte[] file = File(Format(1, 2, 8000, 16), Chunk("data", ramp16));
        Assert.That(Decode(file[..^3], 2), Is.EqualTo(ramp[..4]));
    }

    [Test]
    public void RF64_and_BW64_take_their_sizes_from_ds64()
    {
        foreach (string id in (string[])["RF64", "BW64"])
        {
            byte[] sizes = new byte[28 + 12];
            BitConverter.GetBytes(12L).CopyTo(sizes, 8);
            sizes[24] = 1;
            "big "u8.CopyTo(sizes.AsSpan(28));
            BitConverter.GetBytes(6L).CopyTo(sizes, 32);
            byte[] file = File(Chunk("ds64", sizes), Chunk("big ", new byte[6], uint.MaxValue), Format(1, 1, 8000, 16), Chunk("data", ramp16, uint.MaxValue), Chunk("LIST", "INFO"u8.ToArray()));
            System.Text.Encoding.Latin1.GetBytes(id, file);
            Assert.That(Decode(file), Is.EqualTo(ramp), id);
            BitConverter.GetBytes(0L).CopyTo(file, 12 + 8 + 8);
            Assert.That(Decode(file)[..6], Is.EqualTo(ramp), "a ds64 that was never filled in");
        }
    }

    [Test]
    public void Beyond_four_gigabytes_nothing_is_lost_and_nothing_is_kept_in_memory()
    {
        // 5 GiB that are a hole: float mono, the last two samples not zero; data sizes wrapped, open, and in ds64.
        const long Samples = 5L << 28;
        foreach (string kind in (string[])["wrapped", "open", "RF64"])
        {
            byte[] sizes = new byte[28];
            BitConverter.GetBytes(Samples * 4).CopyTo(sizes, 8);
            byte[] head = File(Chunk(kind == "RF64" ? "ds64" : "JUNK", sizes), Format(3, 1, 32000, 32), Chunk("data", [], kind == "wrapped" ? unchecked((uint)(Samples * 4)) : uint.MaxValue));
            if (kind == "RF64")
                "RF64"u8.CopyTo(head);
            using var stream = new HoleStream(head, Samples * 4, [.. BitConverter.GetBytes(0.5f), .. BitConverter.GetBytes(-0.5f)]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            using WavReader reader = WavReader.TryOpen(stream, "big.wav")!;
            Assert.That(reader.Frames, Is.EqualTo(Samples), kind);
            float[] block = new float[1 << 20];
            long total = 0;
            float last = 0;
            for (int got; (got = reader.Read(block)) > 0; total += got)
                last = block[got - 1];
            Assert.That((total, last), Is.EqualTo((Samples, -0.5f)), kind);
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 << 20), kind);
        }
    }

    [Test]
    public void Compressed_codecs_are_left_to_others([Values(2, 0x11, 0x31, 0x55)] int tag) =>
        Assert.That(WavReader.TryOpen(new MemoryStream(File(Format(tag, 1, 8000, 4, blockAlign: 256), Chunk("data", ramp16))), "x.wav"), Is.Null);

    [Test]
    public void Ambisonic_sub_formats_are_PCM_and_unknown_ones_are_not()
    {
        byte[] tail = [0, 0, 0x21, 7, 0xD3, 0x11, 0x86, 0x44, 0xC8, 0xC1, 0xCA, 0, 0, 0];
        Assert.That(Decode(File(ExtensibleFormat(1, 3, 8000, 16, 16, tail), Chunk("data", ramp16)), 3), Is.EqualTo(ramp));
        tail[5] ^= 1;
        Assert.That(WavReader.TryOpen(new MemoryStream(File(ExtensibleFormat(1, 3, 8000, 16, 16, tail), Chunk("data", ramp16))), "x.wav"), Is.Null);
    }

    [Test]
    public void Impossible_headers_are_refused_with_path_and_remedy()
    {
        byte[] data = Chunk("data", ramp16);
        (byte[] File, string Says)[] bad =
        [
            (File(data), "fmt chunk"),
            (File(Format(1, 1, 8000, 16)), "data chunk"),
            (File(Format(1, 0, 8000, 16), data), "channel"),
            (File(Format(1, 1, 8000, 64), data), "64 bits"),
            (File(Format(3, 1, 8000, 16), data), "16 bits"),
            (File(Format(1, 1, 0, 16), data), "sample rate"),
            (File(Format(1, 1, int.MaxValue, 16), data), "sample rate"),
            (File(Chunk("fmt ", new byte[13]), data), "14 bytes"),
        ];
        foreach ((byte[] file, string says) in bad)
            Assert.That(() => WavReader.TryOpen(new MemoryStream(file), "dir/x.wav"), Throws.TypeOf<FileFormatException>().With.Message.Contains("dir/x.wav").And.Message.Contains(says));
    }

    [Test]
    public void A_buffer_shorter_than_a_frame_is_refused()
    {
        using WavReader reader = WavReader.TryOpen(new MemoryStream(File(Format(1, 2, 8000, 16), Chunk("data", ramp16))), "x.wav")!;
        Assert.That(() => reader.Read(new float[1]), Throws.ArgumentException);
        Assert.That(reader.Read(new float[3]), Is.EqualTo(2), "whole frames only");
    }

    private static float[] Decode(byte[] file, int channels = 1)
    {
        using WavReader reader = WavReader.TryOpen(new MemoryStream(file), "x.wav")!;
        Assert.That((reader.SampleRate, reader.Channels), Is.EqualTo((8000, channels)));
        float[] samples = new float[600];
        int count = reader.Read(samples);
        Assert.That(reader.Frames * channels, Is.EqualTo(count));
        return samples[..count];
    }

    /// <summary>A file with a beginning, many zeros, and an end.</summary>
    private sealed class HoleStream(byte[] head, long zeros, byte[] tail) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => head.Length + zeros;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, Length - Position);
            buffer[..count].Clear();
            for (int i = 0; i < count && Position + i < head.Length; i++)
                buffer[i] = head[Position + i];
            for (long at = Math.Max(Position, Length - tail.Length); at < Position + count; at++)
                buffer[(int)(at - Position)] = tail[at - Length + tail.Length];
            Position += count;
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
