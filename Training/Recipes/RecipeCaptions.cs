using SoundSearch.Engine.Models;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Curation;

namespace SoundSearch.Training.Recipes;

/// <summary>The list of texts that a recipe trains with: found, perhaps corrected by a person, or made.</summary>
/// <param name="recipe">With captions.</param>
/// <param name="options">Where lists and sources are.</param>
internal sealed class RecipeCaptions(RunRecipe recipe, RecipeOptions options)
{
    private readonly CaptionOptions captions = recipe.Captions!;

    /// <summary>The list's file.</summary>
    public string Path => captions.List.Length > 0 ? System.IO.Path.Combine(options.OutputFolder, captions.List) : System.IO.Path.Combine(options.Stores, $"captions-{options.Name}.csv");

    /// <summary>Lines to train on.</summary>
    /// <param name="sounds">To train on.</param>
    /// <param name="names">Of pictures, for a recipe that names no other source.</param>
    /// <param name="pictures">The frozen image tower's vectors of all pictures.</param>
    /// <param name="start">The tower that training starts from.</param>
    /// <param name="heard">Its vectors of all the sounds.</param>
    /// <param name="known">Whether there is a sound of a path.</param>
    /// <param name="heldOut">Whether the sound of a path is never trained on: it may be listed, too, since a captioner writes about all.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <exception cref="Engine.Formats.FileFormatException">The list, or the source, is damaged or names sounds that are not there.</exception>
    /// <exception cref="IOException">One of them is not there.</exception>
    /// <exception cref="ArgumentException">The source is for evaluation only, or has too little.</exception>
    public IReadOnlyList<CaptionLine> Lines(
        IReadOnlyList<CuratedSound> sounds, IReadOnlyList<string> names, float[] pictures, Func<AudioTower> start, Func<AudioTower, float[]> heard,
        Func<string, bool> known, Func<string, bool> heldOut, CancellationToken cancellation)
    {
        if (!File.Exists(Path))
        {
            if (captions.Kind == CaptionKind.Listed)
            {
                throw new IOException($"{Path} is not there: make a list of path and caption first, by a captioner's run with the same --out or by hand.");
            }
            AudioTower Tower() => options.StartWeights is { } file ? RecipeRun.LoadWeights(file, recipe.Tower) : start();
            CaptionList.Write(Path, Curator.Propose(captions, sounds, () => Source(names), pictures, () => heard(Tower()), options.Text, cancellation));
            options.Progress?.WriteLine($"{Path}: which texts the sounds are trained with, to be read and corrected");
        }
        return CaptionList.Subset([.. CaptionList.Read(Path, known).Where(l => !heldOut(l.Path))], captions.Pairs, captions.Seed);
    }

    private IReadOnlyList<string> Source(IReadOnlyList<string> names)
    {
        if (captions.Written.Length > 0)
        {
            string file = System.IO.Path.Combine(options.OutputFolder, captions.Written, CaptionWriting.FileName);
            return File.Exists(file) ? CaptionFile.Read(file) : throw RecipeRun.Missing(file, captions.Written);
        }
        return captions.Source.Length > 0 ? CaptionFile.Read(System.IO.Path.Combine(options.DataFolder, captions.Source))
            : names.Count > 0 ? names
            : throw new ArgumentException("In 'captions': name a 'source' to choose from, or a run that has 'written' some: these frames have no names.");
    }
}
