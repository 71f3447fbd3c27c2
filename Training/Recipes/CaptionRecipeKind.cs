namespace SoundSearch.Training.Recipes;

/// <summary>What a captioning recipe makes.</summary>
public enum CaptionRecipeKind
{
    /// <summary>A captioner, with its scores on held-out sounds.</summary>
    Captioner,

    /// <summary>Captions of the unlabelled sounds.</summary>
    Captions,
}
