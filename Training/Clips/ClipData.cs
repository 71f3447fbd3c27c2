using System.Globalization;
using SoundSearch.Engine.Features;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation.Datasets;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Clips;

/// <summary>
/// Clips made ready for training: spectrograms of the sounds, and the frames as squares, in two stores beside each other that are built at
/// first use and found again as long as the folder's files are the same.
/// </summary>
public sealed class ClipData : IDisposable
{
    /// <summary>What a longer sound has after that is not read: an hour.</summary>
    public const int MaxSeconds = 3600;

    private const int RowsPerSecond = LogMel.Rate / LogMel.Hop;

    private ClipData(MelStore sounds, PictureStore? pictures, IReadOnlyList<Clip> train, IReadOnlyList<Clip> validation) =>
        (Sounds, Pictures, Train, Validation) = (sounds, pictures, train, validation);

    public MelStore Sounds { get; }

    /// <summary>All frames; null if nobody asked for them.</summary>
    public PictureStore? Pictures { get; }

    public IReadOnlyList<Clip> Train { get; }

    /// <summary>Of files that no clip of <see cref="Train"/> is of, <see cref="ClipOptions.MostMeasured"/> at most.</summary>
    public IReadOnlyList<Clip> Validation { get; }

    /// <summary>Rows of a clip's spectrogram.</summary>
    public ReadOnlySpan<Half> Rows(Clip clip) => Sounds.Rows(clip.Sound).Slice(clip.FirstRow * LogMel.MelBins, clip.Rows * LogMel.MelBins);

    /// <summary>Opens, or makes, the stores.</summary>
    /// <param name="options">What is a clip.</param>
    /// <param name="side">Rows and columns of a frame; null: without frames, and sounds that have none are clips, too.</param>
    /// <param name="folder">Holds the videos, or the index and what it lists.</param>
    /// <param name="stores">Gets the stores.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Stops the building, which the next call goes on with.</param>
    /// <exception cref="DatasetException">Nothing is there; the message says what to put where.</exception>
    /// <exception cref="IOException">No sound or no frame can be read.</exception>
    /// <exception cref="ArgumentException">No clip is left to train on, or to measure with.</exception>
    public static ClipData Open(ClipOptions options, int? side, string folder, string stores, TextWriter? progress, CancellationToken cancellation)
    {
        var layout = new ClipFolder(folder, seen: side is not null);
        List<string> missing = [];
        Dictionary<string, ClipFile> measured = (options.Validation.Length > 0 ? layout.Read(options.Validation, missing) : []).ToDictionary(f => f.Name, StringComparer.Ordinal);
        // In the order of their names, so that the stores of a folder are the same whatever its parts are.
        ClipFile[] files = [.. layout.Read(options.Index, missing).Where(f => !measured.ContainsKey(f.Name)).Concat(measured.Values).OrderBy(f => f.Name, StringComparer.Ordinal)];
        Tell(progress, missing, "listed, but not there");
        MelStore sounds = OpenSounds(folder, files, stores, progress, cancellation);
        PictureStore? pictures = null;
        try
        {
            ILookup<string, ClipFile> byName = files.ToLookup(f => f.Name, StringComparer.Ordinal);
            Draft[] drafts = [.. Enumerable.Range(0, sounds.Entries.Count).SelectMany(s => Cut(sounds.Entries[s], s, byName[sounds.Entries[s].Info.Path].Single(), options))];
            pictures = side is { } rows ? OpenPictures(folder, Path.GetFileName(sounds.Path), drafts, rows, stores, progress, cancellation) : null;
            IEnumerable<Clip> whole = pictures is null ? drafts.Select(d => d.Clip) : WithPictures(drafts, pictures, options.Frames);
            ILookup<bool, Clip> clips = whole.ToLookup(c => options.Validation.Length > 0 ? measured.ContainsKey(c.File.Name) : PictureNames.IsHeldOut(c.File.Name, options.HeldOutShare));
            Clip[] train = [.. clips[false]], validation = [.. clips[true]];
            return train.Length > 0 && validation.Length > 1
                ? new ClipData(sounds, pictures, train, [.. Spread(validation, Math.Min(validation.Length, options.MostMeasured))])
                : throw new ArgumentException($"{folder}: {train.Length:N0} clips to train on and {validation.Length} to measure with are too few. Put more there, or change 'heldOutShare' or 'validation' in the recipe.");
        }
        catch
        {
            pictures?.Dispose();
            sounds.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Sounds.Dispose();
        Pictures?.Dispose();
    }

    /// <summary>The store of these files' sounds, built first if it is not there.</summary>
    /// <exception cref="IOException">No sound can be read.</exception>
    internal static MelStore OpenSounds(string folder, ClipFile[] files, string stores, TextWriter? progress, CancellationToken cancellation)
    {
        string key = DataHash.Of(files.Select(f => Stamp(f.Name, Path.Combine(folder, f.Name))));
        string path = Path.Combine(stores, $"clips-{key}.mels");
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(stores);
            var builder = new MelStoreBuilder(path) { MaxSeconds = MaxSeconds, KeepDuplicates = true };
            builder.Build([.. files.Select(f => new SoundSource(new SoundInfo(f.Name, "clips", "", "", "", "", "", f.Name), Path.Combine(folder, f.Name)))], progress is null ? null : new MelStoreBuilder.ProgressText(progress), cancellation);
            Tell(progress, [.. builder.Dropped.Select(d => $"{d.Path}, {d.Reason}")], "without a sound that can be used");
        }
        MelStore store = MelStore.Open(path);
        if (store.Entries.Count > 0)
        {
            return store;
        }
        store.Dispose();
        File.Delete(path); // so that the next call tries again, with ffmpeg perhaps
        throw new IOException($"None of {files.Length:N0} files has a sound that can be read, the first is {Path.Combine(folder, files[0].Name)}: see the messages above.");
    }

    private static PictureStore OpenPictures(string folder, string sounds, Draft[] drafts, int side, string stores, TextWriter? progress, CancellationToken cancellation)
    {
        PictureSource[] frames = [.. drafts.SelectMany(d => d.Frames).Select(f => f with { File = Path.Combine(folder, f.File) })];
        string key = DataHash.Of([sounds, .. frames.Select(f => f.At is null ? Stamp(f.Info.Path, f.File) : f.Info.Path)]);
        string path = Path.Combine(stores, $"clips-{key}-{side}.pics");
        if (!File.Exists(path))
        {
            var builder = new PictureStoreBuilder(path, side) { Fit = PictureFit.Crop };
            builder.Build(frames, progress, cancellation);
            Tell(progress, builder.Dropped, "frames that cannot be read");
        }
        PictureStore store = PictureStore.Open(path);
        if (store.Entries.Count > 0)
        {
            return store;
        }
        store.Dispose();
        File.Delete(path);
        throw new IOException($"None of {frames.Length:N0} frames can be read, the first is of {frames[0].File}: check that 'ffmpeg -i' finds a picture in it.");
    }

    /// <summary>Another one for a file that has changed: by size and time, as indexing has it.</summary>
    private static string Stamp(string name, string file)
    {
        var info = new FileInfo(file);
        return string.Create(CultureInfo.InvariantCulture, $"{name} {info.Length} {info.LastWriteTimeUtc.Ticks}");
    }

    private static IEnumerable<Draft> Cut(MelEntry sound, int number, ClipFile file, ClipOptions options)
    {
        if (file.Frames.Count > 0)
        {
            yield return new Draft(new Clip(file.Name, number, 0, sound.Frames, [], file), [.. Spread(file.Frames, options.Frames).Distinct().Select(f => Frame(file, f, null))]);
            yield break;
        }
        int clips = Math.Max(1, (int)(sound.Seconds / options.Seconds));
        double length = clips == 1 ? Math.Min(sound.Seconds, options.Seconds) : options.Seconds;
        for (int c = 0; c < clips; c++)
        {
            int first = (int)(c * length * RowsPerSecond), rows = Math.Min((int)Math.Ceiling(length * RowsPerSecond), sound.Frames - first);
            yield return new Draft(
                new Clip(clips == 1 ? file.Name : string.Create(CultureInfo.InvariantCulture, $"{file.Name} {c * length:0.##} s"), number, first, rows, [], file),
                [.. Enumerable.Range(0, options.Frames).Select(f => Frame(file, file.Name, Math.Round(length * (c + (f + 0.5) / options.Frames), 3)))]);
        }
    }

    /// <summary>Clips with the numbers of their frames; those of which none could be read stay out.</summary>
    private static IEnumerable<Clip> WithPictures(IEnumerable<Draft> drafts, PictureStore pictures, int frames)
    {
        Dictionary<string, int> numbers = Enumerable.Range(0, pictures.Entries.Count).ToDictionary(p => pictures.Entries[p].Info.Path, StringComparer.Ordinal);
        foreach (Draft draft in drafts)
        {
            int[] shown = [.. draft.Frames.Where(f => numbers.ContainsKey(f.Info.Path)).Select(f => numbers[f.Info.Path])];
            if (shown.Length > 0)
            {
                yield return draft.Clip with { Pictures = [.. Spread(shown, frames)] };
            }
        }
    }

    private static PictureSource Frame(ClipFile clip, string file, double? at)
    {
        string name = at is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{clip.Name} {seconds:0.000} s") : $"{clip.Name} {file}";
        return new PictureSource(new PictureInfo(name, "clips", clip.Name, [clip.Name], ""), file, at);
    }

    /// <summary>So many of a list, equally spaced, in their order; with fewer than asked for, some come twice.</summary>
    private static IEnumerable<T> Spread<T>(IReadOnlyList<T> list, int count) => Enumerable.Range(0, count).Select(i => list[(int)((i + 0.5) * list.Count / count)]);

    internal static void Tell(TextWriter? progress, IReadOnlyCollection<string> what, string happened)
    {
        if (what.Count > 0)
        {
            progress?.WriteLine($"{what.Count:N0} {happened}, the first: {what.First()}");
        }
    }

    /// <summary>A clip whose frames are not numbered yet.</summary>
    private sealed record Draft(Clip Clip, PictureSource[] Frames);
}
