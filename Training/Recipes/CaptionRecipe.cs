using System.Text.Json;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Captioning;

namespace SoundSearch.Training.Recipes;

/// <summary>BLAT's first two parts (Xu et al. 2023) as data: training a captioner, and letting it write.</summary>
public sealed record CaptionRecipe
{
    public required CaptionRecipeKind Kind { get; init; }

    /// <summary>How the captioner is trained; for <see cref="CaptionRecipeKind.Captioner"/>, others take that of its run.</summary>
    public CaptionerOptions? Captioner { get; init; }

    /// <summary>Which sounds of the pack are for what; likewise.</summary>
    public CaptionSplit? Split { get; init; }

    /// <summary>Sounds with captions of one's own, in the place of the pack; or, for <see cref="CaptionRecipeKind.Captions"/>, other sounds to write for than the captioner's run left unlabelled.</summary>
    public CaptionClips? Clips { get; init; }

    public required WritingOptions Writing { get; init; }

    /// <summary>Whether a file holds one of these recipes, by its kind.</summary>
    public static bool IsIn(string path) => RecipeJson.Kind(path) is { } kind && Enum.GetNames<CaptionRecipeKind>().Any(n => JsonNamingPolicy.CamelCase.ConvertName(n) == kind);

    /// <exception cref="FileFormatException">The file is no recipe, has a member that no recipe has, or asks for what cannot be.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static CaptionRecipe Read(string path) => RecipeJson.Read<CaptionRecipe>(path, r => r.Check());

    /// <summary>All of it, as <see cref="Read"/> takes it.</summary>
    public string ToJson() => RecipeJson.Write(this);

    private void Check()
    {
        bool trains = Kind == CaptionRecipeKind.Captioner;
        if (trains != (Captioner is not null) || (trains ? Split is null == Clips is null : Split is not null))
        {
            throw new ArgumentException(trains ? "A recipe of kind 'captioner' has 'captioner', and either 'split' or 'clips'." : "A recipe of kind 'captions' has 'writing', and perhaps 'clips': the rest is the captioner's.");
        }
        Captioner?.Check();
        Split?.Check();
        Clips?.Check(trains);
        Writing.Check();
    }
}
