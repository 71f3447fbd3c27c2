namespace SoundSearch.Training.Pictures;

/// <summary>How a picture becomes a square.</summary>
public enum PictureFit
{
    /// <summary>Whole, in the middle, white beside it: for drawings.</summary>
    Pad,

    /// <summary>Its middle square, as CLIP has it: for frames of videos.</summary>
    Crop,
}
