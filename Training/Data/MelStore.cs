using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Data;

/// <summary>
/// Spectrograms of many sounds in one <see cref="IndexedFile{TEntry}"/>, whose size is the number of mel bins: ln(power mel + 1e-9) of
/// <see cref="LogMel"/> in half precision, [frames, 128] per sound. The logarithm keeps half precision's error below 0.8 % of any
/// power a loud sound has, and the low floor leaves digital silence silent when a gain is added. Safe for concurrent readers.
/// </summary>
public sealed class MelStore : IDisposable
{
    internal const float Floor = 1e-9f;

    internal static readonly IndexedFileKind Kind = new("mel store", "SSMELS\r\n"u8.ToArray(), "mel bins", LogMel.MelBins, LogMel.MelBins);

    private const int RowBytes = LogMel.MelBins * sizeof(ushort);
    private const int MaxFrames = int.MaxValue / RowBytes; // a span of bytes; a day of sound

    private readonly IndexedFile<MelEntry> file;

    private MelStore(IndexedFile<MelEntry> file)
    {
        this.file = file;
        long rows = 0;
        foreach (MelEntry e in file.Entries)
        {
            if (e.Info == null || e.Frames is < 1 or > MaxFrames || e.Offset < IndexedFileKind.HeaderBytes || e.Offset > file.DataEnd - (long)e.Frames * RowBytes || !float.IsFinite(e.Info.Weight))
            {
                throw file.Bad($"rows between {IndexedFileKind.HeaderBytes} and {file.DataEnd}", $"{e}");
            }
            rows += (long)e.Frames * RowBytes;
        }
        if (rows > file.DataEnd - IndexedFileKind.HeaderBytes)
        {
            throw file.Bad($"sounds with {file.DataEnd - IndexedFileKind.HeaderBytes} bytes of rows", $"{rows}, so some share theirs");
        }
    }

    public string Path => file.Path;

    /// <summary>All sounds, in the order of the sources that the store was built from.</summary>
    public IReadOnlyList<MelEntry> Entries => file.Entries;

    /// <summary>Of all that is in it.</summary>
    public string Digest => file.Digest;

    /// <exception cref="FileFormatException">The file is no store, is of another version, or is damaged.</exception>
    public static MelStore Open(string path)
    {
        var file = IndexedFile<MelEntry>.Open(path, Kind);
        try
        {
            return new MelStore(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Rows [Frames, 128] of ln(power + 1e-9), straight from the mapping.</summary>
    public ReadOnlySpan<Half> Rows(int sound) =>
        MemoryMarshal.Cast<byte, Half>(file.Bytes(file.Entries[sound].Offset, file.Entries[sound].Frames * RowBytes));

    /// <summary>
    /// What a tower sees of the sound from firstFrame on, without augmentation: normalised features [frames, 128], followed
    /// by silence where the sound is over. frames is features.Length / 128.
    /// </summary>
    public void Features(int sound, int firstFrame, Span<float> features)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstFrame);
        ReadOnlySpan<Half> rows = Rows(sound);
        Features(rows[Math.Min(firstFrame * LogMel.MelBins, rows.Length)..], features);
    }

    /// <summary>The same from a sound's rows on.</summary>
    internal static void Features(ReadOnlySpan<Half> rows, Span<float> features)
    {
        int count = Math.Min(rows.Length, features.Length);
        Span<float> sounding = features[..count];
        TensorPrimitives.ConvertToSingle(rows[..count], sounding);
        TensorPrimitives.Exp(sounding, sounding);
        features[count..].Clear();
        LogMel.Normalise(features, features);
    }

    /// <summary>Reads everything and compares checksums.</summary>
    /// <exception cref="FileFormatException">Rows differ from what was written.</exception>
    public void Verify()
    {
        foreach (MelEntry e in file.Entries)
        {
            file.Verify(e.Offset, e.Frames * RowBytes, e.Crc, e.Info.Path);
        }
    }

    public void Dispose() => file.Dispose();
}
