namespace SoundSearch.Engine.Audio.Pcm;

/// <summary>How one sample is written, apart from its size and byte order.</summary>
public enum SampleEncoding
{
    /// <summary>Two's complement, left-justified in its bytes.</summary>
    Signed,

    /// <summary>Offset binary; one byte only (WAV's 8 bit).</summary>
    Unsigned,

    /// <summary>IEEE 754, 4 or 8 bytes.</summary>
    Float,

    /// <summary>ITU-T G.711 A-law, one byte.</summary>
    ALaw,

    /// <summary>ITU-T G.711 mu-law, one byte.</summary>
    MuLaw,
}
