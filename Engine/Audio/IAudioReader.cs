namespace SoundSearch.Engine.Audio;

/// <summary>One sound being decoded from start to end. Memory does not depend on its length. Not for concurrent use; different readers are independent.</summary>
public interface IAudioReader : IDisposable
{
    /// <summary>Frames per second, <see cref="AudioFile.MinSampleRate"/> to <see cref="AudioFile.MaxSampleRate"/>.</summary>
    int SampleRate { get; }

    /// <summary>Samples in a frame, at least 1.</summary>
    int Channels { get; }

    /// <summary>Frames in the whole sound as its header says, null when that is unknown. Damaged files may end earlier, and for MPEG audio without a count it is an estimate.</summary>
    long? Frames { get; }

    /// <summary>Fills the buffer with the next whole frames, channel by channel, full scale being [-1, 1] (float files may exceed it and hold NaN).</summary>
    /// <returns>Samples written, a multiple of <see cref="Channels"/>; 0 only at the end.</returns>
    /// <exception cref="ArgumentException">The buffer is shorter than one frame.</exception>
    int Read(Span<float> interleaved);
}
