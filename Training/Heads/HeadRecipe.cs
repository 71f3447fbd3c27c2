using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Heads;

/// <summary>Cross validation of a classifier over a model's audio tower, from a folder with a manifest to the figures.</summary>
public static class HeadRecipe
{
    /// <param name="options">The recipe of every fold.</param>
    /// <param name="model">With our log-mel front end.</param>
    /// <param name="sounds">A folder with a manifest.csv; see <see cref="PackManifest"/>.</param>
    /// <param name="set">The set in it, whose sounds have labels and folds.</param>
    /// <param name="output">Gets the spectrograms and a folder for each fold. The same call goes on where it stopped.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ArgumentException">The model has another front end, the manifest no such set, or the set no labels or folds.</exception>
    /// <exception cref="InvalidOperationException">The model has no tower that can be trained.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static KFoldFigures Run(HeadOptions options, SoundModel model, string sounds, string set, string output, TextWriter progress, CancellationToken cancellation)
    {
        options.Precision.Options(); // before anybody waits for spectrograms
        AudioTower tower = model.CopyAudio();
        if (model.Description.Features is not { Kind: FeatureKind.LogMel } features || features.Frames != tower.Shape.Frames)
        {
            throw new ArgumentException($"The model '{model.Description.Name}' reads {model.Description.Features}; heads are trained on spectrograms as pocket reads them.", nameof(model));
        }
        SoundSource[] chosen = [.. PackManifest.Read(sounds).Where(s => s.Info.Set == set)];
        if (chosen.Length == 0)
        {
            throw new ArgumentException($"{Path.Combine(sounds, "manifest.csv")} has no sound of the set '{set}'.", nameof(set));
        }
        using MelStore store = MelStoreBuilder.OpenOrBuild(Path.Combine(output, set + ".mels"), () => chosen, progress, cancellation);
        return KFold.Run(options, tower, new MelClips(store, _ => true, tower.Shape.Frames), output, progress, cancellation);
    }
}
