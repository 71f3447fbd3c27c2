namespace SoundSearch.Engine.Audio.SndFile;

/// <summary>A sound decoded by libsndfile.</summary>
public sealed class SndFileReader : IAudioReader
{
    private readonly SndFileLibrary library;
    private nint handle;

    private SndFileReader(SndFileLibrary library, nint handle, in SndFileInfo info)
    {
        this.library = library;
        this.handle = handle;
        SampleRate = info.SampleRate;
        Channels = info.Channels;
        Frames = info.Frames is <= 0 or long.MaxValue ? null : info.Frames;
    }

    ~SndFileReader() => Close();

    public int SampleRate { get; }

    public int Channels { get; }

    public long? Frames { get; }

    /// <summary>Opens a file, or gives null and libsndfile's reason.</summary>
    public static SndFileReader? TryOpen(SndFileLibrary library, string path, out string? refusal)
    {
        nint handle = library.Open(path, out SndFileInfo info);
        if (handle == 0)
        {
            refusal = library.Error(0);
            return null;
        }
        if (info.Channels < 1 || info.SampleRate is < AudioFile.MinSampleRate or > AudioFile.MaxSampleRate)
        {
            library.Close(handle);
            refusal = $"{info.Channels} channels at {info.SampleRate} Hz";
            return null;
        }
        refusal = null;
        return new(library, handle, info);
    }

    /// <summary>The tags that libsndfile knows; empty when it cannot open the file.</summary>
    internal static AudioMetadata ReadMetadata(SndFileLibrary library, string path)
    {
        var builder = new MetadataBuilder();
        nint handle = library.Open(path, out _);
        if (handle == 0)
            return AudioMetadata.Empty;
        // SF_STR_*: 1 title, 4 artist, 5 comment, 7 album, 16 genre.
        foreach ((int kind, MetadataField field) in new[]
        {
            (1, MetadataField.Title), (4, MetadataField.Author), (5, MetadataField.Comment), (7, MetadataField.Description), (16, MetadataField.Keywords),
        })
        {
            if (library.String(handle, kind) is { } text)
                builder.Add(field, text);
        }
        library.Close(handle);
        return builder.Build();
    }

    public int Read(Span<float> interleaved)
    {
        ObjectDisposedException.ThrowIf(handle == 0, this);
        if (interleaved.Length < Channels)
            throw new ArgumentException($"A frame has {Channels} samples, the buffer {interleaved.Length}.", nameof(interleaved));
        // An error inside a damaged file ends it: what came before is kept.
        int written = (int)Math.Max(0, library.Read(handle, interleaved, Channels)) * Channels;
        GC.KeepAlive(this);
        return written;
    }

    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private void Close()
    {
        nint open = Interlocked.Exchange(ref handle, 0);
        if (open != 0)
            library.Close(open);
    }
}
