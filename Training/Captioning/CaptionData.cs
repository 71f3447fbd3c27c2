using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Clips;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Pocket;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Captioning;

/// <summary>What captioning runs share: the sounds with their roles, and captions to learn from as text alone. Either the pack, whose sounds have names only, beside AudioCaps' training captions, which have no sounds here; or tables of one's own.</summary>
public sealed class CaptionData : IDisposable
{
    private readonly string? taggerFolder;
    private readonly IReadOnlyList<ClipFile>? listed; // of each sound, where tables list them

    private CaptionData(CaptionWorld world, IReadOnlyList<string> captions, string? taggerFolder, IReadOnlyList<ClipFile>? listed = null) =>
        (World, Captions, this.taggerFolder, this.listed) = (world, captions, taggerFolder, listed);

    public MelStore Store => World.Store;

    public CaptionWorld World { get; }

    /// <summary>Each once.</summary>
    public IReadOnlyList<string> Captions { get; }

    /// <summary>Of all that is learned from.</summary>
    public string Hash => DataHash.Of([Store.Digest, .. Captions, .. listed?.SelectMany(f => f.Labels) ?? []]);

    /// <summary>Where tags come from, in words.</summary>
    public string Guides => (listed, taggerFolder) switch
    {
        (null, _) => "tags are the tagger's",
        (_, null) => $"tags are the labels of {Labelled:N0} sounds",
        _ => $"tags are the labels of {Labelled:N0} sounds, and the tagger's of the others",
    };

    private int Labelled => listed!.Count(f => f.Labels.Count > 0);

    /// <summary>The pack.</summary>
    /// <param name="split">Roles of the sounds.</param>
    /// <param name="dataFolder">Holds data/audio, data/text/audiocaps_train.csv and teachers/mn04.</param>
    /// <param name="stores">Folder for what runs share.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="IOException">A file is missing.</exception>
    public static CaptionData Open(CaptionSplit split, string dataFolder, string stores, TextWriter? progress, CancellationToken cancellation)
    {
        IReadOnlyList<string> captions = CaptionFile.Read(Path.Combine(dataFolder, "data", "text", "audiocaps_train.csv"));
        string taggerFolder = Path.Combine(dataFolder, "teachers", "mn04");
        MelStore store = MelStoreBuilder.OpenOrBuild(
            Path.Combine(stores, "pack.mels"), () => PackManifest.Read(Path.Combine(dataFolder, "data", "audio")), progress, cancellation);
        try
        {
            return new CaptionData(CaptionWorld.OfNames(store, CaptionSource.Words([.. captions, .. HeardSounds.ReadLabels(taggerFolder)]), split), captions, taggerFolder);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>What tables list. A sound that several do is for measuring before it is to learn from, and to learn from before it is unlabelled; labels may be any of theirs (AudioCaps' sounds have AudioSet's).</summary>
    /// <param name="clips">The tables.</param>
    /// <param name="folder">Holds them and the sounds.</param>
    /// <param name="stores">Folder for what runs share.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Stops it; the next call goes on.</param>
    /// <exception cref="IOException">A table is missing or damaged, or no sound can be read.</exception>
    /// <exception cref="ArgumentException">A table or file to learn from, or to write captions for, is for evaluation by its name.</exception>
    public static CaptionData Open(CaptionClips clips, string folder, string stores, TextWriter? progress, CancellationToken cancellation)
    {
        CaptionFile.RefuseEvaluation(clips.Index);
        CaptionFile.RefuseEvaluation(clips.Unlabelled ?? "");
        IReadOnlyList<string>? texts = clips.Texts.Length > 0 ? CaptionFile.Read(Path.Combine(folder, clips.Texts)) : null;
        var layout = new ClipFolder(folder, seen: false);
        List<string> missing = [];
        Dictionary<string, (ClipFile File, SoundRole Role)> found = new(StringComparer.Ordinal);
        bool apart = clips.Validation.Length > 0;
        double share = apart ? 1 : clips.HeldOutShare;
        SoundRole Measured(string name) => clips.Test.Length == 0 && PictureNames.IsHeldOut(name, share / 2) ? SoundRole.HeldOut : SoundRole.Validation;
        if (clips.Test.Length > 0)
        {
            Add(clips.Test, _ => SoundRole.Test);
        }
        if (apart)
        {
            Add(clips.Validation, Measured);
        }
        if (clips.Index.Length > 0)
        {
            Add(clips.Index, name => !apart && PictureNames.IsHeldOut(name, share) ? Measured(name) : SoundRole.Named);
        }
        if (clips.Unlabelled is { } unlabelled)
        {
            Add(unlabelled, _ => SoundRole.Unlabelled);
        }
        ClipData.Tell(progress, missing, "listed, but not there");
        MelStore store = ClipData.OpenSounds(folder, [.. found.Values.Select(f => f.File).OrderBy(f => f.Name, StringComparer.Ordinal)], stores, progress, cancellation);
        (ClipFile File, SoundRole Role)[] sounds = [.. store.Entries.Select(e => found[e.Info.Path])];
        return new CaptionData(
            new CaptionWorld(store, sounds.Select(s => s.File.Captions.ToArray()), sounds.Select(s => s.Role)),
            texts ?? [.. sounds.Where(s => s.Role == SoundRole.Named).SelectMany(s => s.File.Captions).Distinct(StringComparer.Ordinal)],
            clips.Tagger.Length > 0 ? Path.Combine(folder, clips.Tagger) : null, [.. sounds.Select(s => s.File)]);

        void Add(string table, Func<string, SoundRole> role)
        {
            foreach (ClipFile file in layout.Read(table, missing))
            {
                found[file.Name] = !found.TryGetValue(file.Name, out (ClipFile File, SoundRole Role) known) ? (file, role(file.Name))
                    : known.File.Labels.Count == 0 ? (known.File with { Labels = file.Labels }, known.Role)
                    : known;
            }
        }
    }

    /// <summary>What is heard in the sounds, from the stores' folder or listened to now; where tables have labels, these are the tags.</summary>
    public HeardSounds Listen(SoundModel model, int tokens, TextWriter? progress, CancellationToken cancellation)
    {
        HeardSounds heard = HeardSounds.OpenOrBuild(Store, model, tokens, taggerFolder, progress, cancellation);
        return listed is null ? heard : heard.WithLabels([.. listed.Select(f => f.Labels)]);
    }

    /// <summary>Captions by sound: its own, or those that say what it is called, a list in the stores' folder.</summary>
    public ILookup<string, string> CaptionsBySound(string stores, ITextEncoder text, TextWriter? progress) => listed is null
        ? Sentences.OpenOrFind(Path.Combine(stores, Sentences.FileName), World, Captions, text, progress)
        : listed.SelectMany(f => f.Captions, (f, caption) => (f.Name, caption)).ToLookup(c => c.Name, c => c.caption, StringComparer.Ordinal);

    public void Dispose() => Store.Dispose();
}
