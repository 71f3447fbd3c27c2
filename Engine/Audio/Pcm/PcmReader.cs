namespace SoundSearch.Engine.Audio.Pcm;

/// <summary>Uncompressed frames that lie one after the other in a stream: what is left of WAV and AIFF once their headers are understood.</summary>
public abstract class PcmReader : IAudioReader
{
    private const int BlockBytes = 1 << 16;

    private readonly Stream stream;
    private readonly byte[] block;
    private readonly int frameBytes;
    private long remaining;

    /// <param name="stream">Owned from now on.</param>
    /// <param name="format">A known sample format.</param>
    /// <param name="channels">Samples in a frame.</param>
    /// <param name="sampleRate">Frames per second.</param>
    /// <param name="start">Place of the first frame in the stream.</param>
    /// <param name="frames">Whole frames to be read.</param>
    protected PcmReader(Stream stream, SampleFormat format, int channels, int sampleRate, long start, long frames)
    {
        this.stream = stream;
        Format = format;
        Channels = channels;
        SampleRate = sampleRate;
        Frames = remaining = frames;
        frameBytes = format.Bytes * channels;
        // No more than the sound needs; at most 512 KiB, a frame of 65,535 doubles.
        block = new byte[Math.Min(Math.Max(1, BlockBytes / frameBytes), Math.Max(1, frames)) * frameBytes];
        stream.Position = start;
    }

    public SampleFormat Format { get; }

    public int SampleRate { get; }

    public int Channels { get; }

    public long? Frames { get; }

    public int Read(Span<float> interleaved)
    {
        if (interleaved.Length < Channels)
            throw new ArgumentException($"A frame has {Channels} samples, the buffer {interleaved.Length}.", nameof(interleaved));
        int written = 0;
        while (remaining > 0 && interleaved.Length - written >= Channels)
        {
            int frames = (int)Math.Min(Math.Min(block.Length / frameBytes, (interleaved.Length - written) / Channels), remaining);
            int bytes = frames * frameBytes;
            int got = stream.ReadAtLeast(block.AsSpan(0, bytes), bytes, throwOnEndOfStream: false);
            // The file was cut while being read: keep its whole frames.
            int whole = got / frameBytes;
            remaining = got < bytes ? 0 : remaining - whole;
            Format.Decode(block.AsSpan(0, whole * frameBytes), interleaved.Slice(written, whole * Channels));
            written += whole * Channels;
        }
        return written;
    }

    public void Dispose()
    {
        stream.Dispose();
        GC.SuppressFinalize(this);
    }
}
