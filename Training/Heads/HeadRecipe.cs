using System.Globalization;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Heads;

/// <summary>Cross validation of a classifier over a model's audio tower, from labelled sounds to the figures.</summary>
public static class HeadRecipe
{
    /// <param name="options">The recipe of every fold.</param>
    /// <param name="model">With our log-mel front end.</param>
    /// <param name="sounds">With labels and folds.</param>
    /// <param name="name">Of the set, for the file of its spectrograms.</param>
    /// <param name="output">Gets the spectrograms and a folder for each fold. The same call goes on where it stopped.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ArgumentException">The model has another front end, or the set no labels or folds.</exception>
    /// <exception cref="FileFormatException">The folder has spectrograms of other sounds.</exception>
    /// <exception cref="InvalidOperationException">The model has no tower that can be trained.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static KFoldFigures Run(HeadOptions options, SoundModel model, HeadSounds sounds, string name, string output, TextWriter progress, CancellationToken cancellation)
    {
        options.Precision.Options(); // before anybody waits for spectrograms
        AudioTower tower = model.CopyAudio();
        if (model.Description.Features is not { Kind: FeatureKind.LogMel } features || features.Frames != tower.Shape.Frames)
        {
            throw new ArgumentException($"The model '{model.Description.Name}' reads {model.Description.Features}; heads are trained on spectrograms as pocket reads them.", nameof(model));
        }
        using MelStore store = MelStoreBuilder.OpenOrBuild(Path.Combine(output, name + ".mels"), () => sounds.Sources, progress, cancellation, all: sounds.OfficialFolds > 0);
        Check(store, sounds.Sources);
        KFoldFigures figures = KFold.Run(options, tower, new MelClips(store, _ => true, tower.Shape.Frames), output, progress, cancellation);
        List<string> gaps = [];
        if (sounds.OfficialFolds > 0 && figures.Names.Count != sounds.OfficialFolds)
        {
            gaps.Add($"{figures.Names.Count} of its {sounds.OfficialFolds} folds are there");
        }
        if (sounds.Missing > 0)
        {
            gaps.Add(string.Create(CultureInfo.InvariantCulture, $"of the sounds in its table {sounds.Missing:N0} are not there"));
        }
        if (store.Entries.Count < sounds.Sources.Count)
        {
            gaps.Add(string.Create(CultureInfo.InvariantCulture, $"{sounds.Sources.Count - store.Entries.Count:N0} sounds were left out: {(sounds.OfficialFolds > 0 ? "unreadable or empty" : "unreadable, short, silent or the same as another")}"));
        }
        return figures with { Set = sounds.Name, Gaps = gaps };
    }

    private static void Check(MelStore store, IReadOnlyList<SoundSource> sources)
    {
        var infos = sources.ToDictionary(s => s.Info.Path, s => s.Info, StringComparer.Ordinal);
        if (store.Entries.FirstOrDefault(e => !infos.TryGetValue(e.Info.Path, out SoundInfo? info) || info != e.Info) is { } other)
        {
            throw new FileFormatException(store.Path, 0, "spectrograms of the sounds that were asked for", $"'{other.Info.Path}' with the label '{other.Info.Label}' and the fold '{other.Info.Fold}'", "Give another set another --out, or delete this file.");
        }
    }
}
