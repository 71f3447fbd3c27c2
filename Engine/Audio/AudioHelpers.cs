using SoundSearch.Engine.Audio.Ffmpeg;
using SoundSearch.Engine.Audio.Opus;
using SoundSearch.Engine.Audio.SndFile;

namespace SoundSearch.Engine.Audio;

/// <summary>Native decoders that may be used. WAV and AIFF need none of them.</summary>
/// <param name="SndFile">Whether libsndfile (FLAC, Ogg Vorbis, Opus, MP3, CAF ...) may be used; without effect when it is not installed.</param>
/// <param name="FfmpegPath">The ffmpeg program (m4a, wma, video ...), null to do without.</param>
/// <param name="Opus">Whether libopus may be used for Ogg Opus, which is faster than through libsndfile; without effect when it is not installed.</param>
public sealed record AudioHelpers(bool SndFile, string? FfmpegPath, bool Opus = false)
{
    private static readonly Lazy<AudioHelpers> installed = new(() => new(SndFileLibrary.Instance is not null, FfmpegReader.FindProgram(), OpusLibrary.Instance is not null));

    /// <summary>What this machine has, looked up once.</summary>
    public static AudioHelpers Installed => installed.Value;

    /// <summary>Managed code only.</summary>
    public static AudioHelpers None { get; } = new(false, null);
}
