namespace SoundSearch.Training.Contrastive;

/// <summary>Which epoch's weights a run leaves.</summary>
public enum KeptWeights
{
    /// <summary>Those of the best validation, by its first figure.</summary>
    Best,

    /// <summary>The last ones: nothing is chosen by what is held out.</summary>
    Last,
}
