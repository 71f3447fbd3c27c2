namespace SoundSearch.Engine.Audio.Ogg;

/// <summary>A page of an Ogg file.</summary>
internal readonly struct OggPage
{
    /// <summary>Its first segments end a packet that an earlier page began.</summary>
    public bool Continued { get; init; }

    /// <summary>The last of its stream.</summary>
    public bool Last { get; init; }

    /// <summary>The codec's time at the end of the last packet that ends on this page; -1 when none does.</summary>
    public long Granule { get; init; }

    /// <summary>Which of the file's streams it belongs to.</summary>
    public uint Serial { get; init; }

    /// <summary>Pages of a stream are numbered: a gap says that some are lost.</summary>
    public uint Sequence { get; init; }

    /// <summary>Lengths of the segments; one of 255 is continued by the next.</summary>
    public ReadOnlyMemory<byte> Lacing { get; init; }

    /// <summary>The segments, one after another.</summary>
    public ReadOnlyMemory<byte> Contents { get; init; }
}
