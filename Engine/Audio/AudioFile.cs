using System.Collections.Frozen;
using SoundSearch.Engine.Audio.Aiff;
using SoundSearch.Engine.Audio.Ffmpeg;
using SoundSearch.Engine.Audio.Opus;
using SoundSearch.Engine.Audio.SndFile;
using SoundSearch.Engine.Audio.Vorbis;
using SoundSearch.Engine.Audio.Wav;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Audio;

/// <summary>
/// Opens any sound. The first bytes decide, not the name: WAV, RF64, BW64, AIFF and AIFC are read in managed code;
/// Ogg Opus by libopus, everything else by libsndfile, and what that does not know by ffmpeg.
/// </summary>
public static class AudioFile
{
    /// <summary>Lower rates are taken for damage.</summary>
    public const int MinSampleRate = 100;

    /// <summary>Higher rates are taken for damage (DSD turned into PCM has 2.8 MHz).</summary>
    public const int MaxSampleRate = 3_072_000;

    private static readonly FrozenSet<string> sndFileExtensions = Set("flac,ogg,oga,opus,mp3,mp2,caf,au,snd,w64,voc,sf,htk,iff,svx,paf,nist,sph,mat,pvf,xi,wve,sd2,avr");
    private static readonly FrozenSet<string> videoExtensions = Set("mp4,m4v,mov,mkv,webm,avi,wmv,mpg,mpeg,ts,mts,m2ts,flv,3gp,ogv");
    private static readonly FrozenSet<string> allExtensions = Set(
        "wav,wave,bwf,rf64,bw64,aif,aiff,aifc,m4a,aac,m4b,m4r,wma,ac3,eac3,dts,amr,ape,wv,tta,mka,mpc,spx,ra,rm,qcp,dsf,dff,"
        + string.Join(',', sndFileExtensions.Concat(videoExtensions).Select(e => e[1..])));

    /// <summary>Name endings, with the dot and in any case, under which sounds (and videos) are usually kept: what a scan of a folder should try to open.</summary>
    public static IReadOnlySet<string> Extensions => allExtensions;

    /// <summary>Those of them that are usually videos.</summary>
    public static IReadOnlySet<string> VideoExtensions => videoExtensions;

    /// <summary>Opens a sound with the decoders that this machine has.</summary>
    /// <exception cref="FileFormatException">A WAV or AIFF file is damaged beyond reading, or the file is empty.</exception>
    /// <exception cref="AudioDecodeException">No decoder knows the format, or the one that does is not installed.</exception>
    public static IAudioReader Open(string path) => Open(path, AudioHelpers.Installed);

    /// <inheritdoc cref="Open(string)"/>
    public static IAudioReader Open(string path, AudioHelpers helpers)
    {
        FileStream stream = OpenStream(path);
        try
        {
            IAudioReader? reader = OpenManaged(stream, path);
            if (reader is null && helpers.Opus && OpusLibrary.Instance is { } opus)
                reader = OpusReader.TryOpen(opus, stream);
            if (reader is not null)
                return reader;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
        stream.Dispose();
        return OpenNative(path, helpers);
    }

    /// <summary>Texts that the file carries about itself; <see cref="AudioMetadata.Empty"/> when it has none or they cannot be read. Sound is not decoded.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static AudioMetadata ReadMetadata(string path) => ReadMetadata(path, AudioHelpers.Installed);

    /// <inheritdoc cref="ReadMetadata(string)"/>
    public static AudioMetadata ReadMetadata(string path, AudioHelpers helpers)
    {
        using (FileStream stream = OpenStream(path))
        {
            if (ReadManagedMetadata(stream, path) is { } metadata)
                return metadata;
        }
        return helpers.SndFile && SndFileLibrary.Instance is { } library ? SndFileReader.ReadMetadata(library, path) : AudioMetadata.Empty;
    }

    /// <summary>Null when the texts of this format are not read in managed code.</summary>
    internal static AudioMetadata? ReadManagedMetadata(Stream stream, string path)
    {
        switch (Kind(stream, path))
        {
            case Container.Wav: return WavMetadata.Read(stream);
            case Container.Aiff: return AiffMetadata.Read(stream);
        }
        var builder = new MetadataBuilder();
        return VorbisComments.TryRead(stream, builder) ? builder.Build() : null;
    }

    /// <summary>Null when the sound of this format is not decoded in managed code.</summary>
    internal static IAudioReader? OpenManaged(Stream stream, string path) => Kind(stream, path) switch
    {
        Container.Wav => WavReader.TryOpen(stream, path),
        Container.Aiff => AiffReader.TryOpen(stream, path),
        _ => null,
    };

    private static IAudioReader OpenNative(string path, AudioHelpers helpers)
    {
        string? refusal = null;
        SndFileLibrary? library = helpers.SndFile ? SndFileLibrary.Instance : null;
        if (library is not null && SndFileReader.TryOpen(library, path, out refusal) is { } reader)
            return reader;
        if (helpers.FfmpegPath is { } program)
            return FfmpegReader.Open(program, path);
        string because = refusal is null ? "" : $" (libsndfile: {refusal.TrimEnd('.')})";
        return library is null && sndFileExtensions.Contains(Path.GetExtension(path))
            ? throw new AudioDecodeException(path, "this format is read by libsndfile, which is not installed.", "Install libsndfile (Debian: apt install libsndfile1).", "libsndfile1")
            : throw new AudioDecodeException(path, $"this format is read by ffmpeg, which is not installed{because}.", "Install ffmpeg (Debian: apt install ffmpeg).", "ffmpeg");
    }

    // Buffered only for headers: the readers take blocks larger than the buffer, which bypass it.
    private static FileStream OpenStream(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 4096, FileOptions.SequentialScan);

    private static Container Kind(Stream stream, string path)
    {
        Span<byte> head = stackalloc byte[12];
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (length == 0)
            throw new FileFormatException(path, 0, "a sound", "an empty file", "Delete it, or copy it again from where it came.");
        head = head[..length];
        // Playlists would make ffmpeg open other files than the one asked for.
        if (head.StartsWith("#EXTM3U"u8) || head.StartsWith("ffconcat"u8))
            throw new FileFormatException(path, 0, "a sound", "a playlist", "Give the sounds that it lists.");
        if (length < 12)
            return Container.Other;
        ReadOnlySpan<byte> form = head[8..12];
        if ((head.StartsWith("RIFF"u8) || head.StartsWith("RF64"u8) || head.StartsWith("BW64"u8)) && form.SequenceEqual("WAVE"u8))
            return Container.Wav;
        return head.StartsWith("FORM"u8) && (form.SequenceEqual("AIFF"u8) || form.SequenceEqual("AIFC"u8)) ? Container.Aiff : Container.Other;
    }

    private static FrozenSet<string> Set(string names) => names.Split(',').Select(name => "." + name).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private enum Container
    {
        Other,
        Wav,
        Aiff,
    }
}
