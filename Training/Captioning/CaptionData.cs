using SoundSearch.Engine.Models;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Training.Captioning;

/// <summary>What captioning runs share: the sounds with their roles, and AudioCaps' training captions, which have no sounds here.</summary>
public sealed class CaptionData : IDisposable
{
    private readonly string taggerFolder;

    private CaptionData(MelStore store, CaptionWorld world, IReadOnlyList<string> captions, string taggerFolder) =>
        (Store, World, Captions, this.taggerFolder) = (store, world, captions, taggerFolder);

    public MelStore Store { get; }

    public CaptionWorld World { get; }

    /// <summary>Each once.</summary>
    public IReadOnlyList<string> Captions { get; }

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
            return new CaptionData(store, new CaptionWorld(store, CaptionSource.Words([.. captions, .. HeardSounds.ReadLabels(taggerFolder)]), split), captions, taggerFolder);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>What is heard in the sounds, from the stores' folder or listened to now.</summary>
    public HeardSounds Listen(SoundModel model, int tokens, string stores, TextWriter? progress, CancellationToken cancellation) =>
        HeardSounds.OpenOrBuild(Path.Combine(stores, $"heard{tokens}.safetensors"), Store, model, tokens, taggerFolder, progress, cancellation);

    public void Dispose() => Store.Dispose();
}
