using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Clips;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Recipes;

/// <summary>A training run as data: what is trained, on what, how. Read from JSON, in which comments are allowed and unknown members are not.</summary>
public sealed record RunRecipe
{
    public required RecipeKind Kind { get; init; }

    /// <summary>Sizes of what is trained; the embedding is the text tower's.</summary>
    public required AudioTowerShape Tower { get; init; }

    public required ContrastiveOptions Contrastive { get; init; }

    /// <summary>Where pictures come from and which are held out; for <see cref="RecipeKind.PictureTower"/>, others take those of its run.</summary>
    public PictureOptions? Pictures { get; init; }

    /// <summary>How sounds and pictures make videos; for <see cref="RecipeKind.Videos"/>.</summary>
    public VideoOptions? Videos { get; init; }

    /// <summary>Where clips are listed; for <see cref="RecipeKind.Clips"/>.</summary>
    public ClipOptions? Clips { get; init; }

    /// <summary>The sounds' texts; for recipes of <see cref="RecipeKind.Videos"/> and <see cref="RecipeKind.Clips"/> whose loss has a part for texts.</summary>
    public CaptionOptions? Captions { get; init; }

    /// <summary>Which sounds and texts; for <see cref="RecipeKind.CaptionPairs"/>.</summary>
    public CaptionPairsOptions? Pairs { get; init; }

    /// <exception cref="FileFormatException">The file is no recipe, has a member that no recipe has, or asks for what cannot be.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static RunRecipe Read(string path) => RecipeJson.Read<RunRecipe>(path, r => r.Check());

    /// <summary>All of it, as <see cref="Read"/> takes it.</summary>
    public string ToJson() => RecipeJson.Write(this);

    private void Check()
    {
        Tower.Check();
        CheckMembers();
        if (Pairs is not null)
        {
            Pairs.Check(Tower);
            return;
        }
        if (Kind == RecipeKind.PictureTower)
        {
            Pictures!.Check();
            if (Tower.Channels != 3 || Tower.Stem != StemKind.Patch || Tower.Frames != Tower.Bins || Tower.Frames > PictureStore.MaxSide)
            {
                throw new ArgumentException($"A picture tower has a patch stem of 3 channels over a square of at most {PictureStore.MaxSide} rows, not {Tower}.");
            }
            return;
        }
        if (Clips is not null)
        {
            Clips.Check(Tower);
        }
        Videos?.Check(Tower);
        if (Captions is null != (Contrastive.TextWeight == 0))
        {
            throw new ArgumentException("A recipe says in 'captions' where texts come from if, and only if, its 'textWeight' is above 0.");
        }
        Captions?.Check();
    }

    private void CheckMembers()
    {
        (string Name, bool There, bool Wanted)[] members =
        [
            ("pictures", Pictures is not null, Kind == RecipeKind.PictureTower),
            ("videos", Videos is not null, Kind == RecipeKind.Videos),
            ("clips", Clips is not null, Kind == RecipeKind.Clips),
            ("pairs", Pairs is not null, Kind == RecipeKind.CaptionPairs),
            ("captions", Captions is not null, Captions is not null && Kind is RecipeKind.Videos or RecipeKind.Clips),
        ];
        string[] wrong = [.. members.Where(m => m.There != m.Wanted).Select(m => $"{(m.There ? "no " : "")}'{m.Name}'")];
        if (wrong.Length > 0)
        {
            throw new ArgumentException($"A recipe of kind '{RecipeJson.Name(Kind)}' has {string.Join(" and ", wrong)}.");
        }
    }
}
