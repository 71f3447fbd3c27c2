namespace SoundSearch.Training.Recipes;

/// <summary>What a recipe trains.</summary>
public enum RecipeKind
{
    /// <summary>The pivot: a CLIP image tower on pictures and their words.</summary>
    PictureTower,

    /// <summary>An audio tower on sounds with the frames beside them, with texts, or with both.</summary>
    Videos,

    /// <summary>An audio tower on real videos, or on sounds with pictures that an index lists.</summary>
    Clips,

    /// <summary>An audio tower on sounds with captions that were written for them, or with what they are called.</summary>
    CaptionPairs,
}
