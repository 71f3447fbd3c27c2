namespace SoundSearch.Training.Captioning;

/// <summary>What a sound is for.</summary>
public enum SoundRole
{
    /// <summary>With what it is called: real pairs.</summary>
    Named,

    /// <summary>Likewise, but only to choose the best weights by.</summary>
    Validation,

    /// <summary>What it is called is hidden: captions are written for it.</summary>
    Unlabelled,

    /// <summary>Captions are judged by what it is called; nothing is trained on it.</summary>
    HeldOut,

    /// <summary>The held-out fold, by whose classes towers are judged, or a test part; nothing is trained on it.</summary>
    Test,
}
