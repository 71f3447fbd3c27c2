namespace SoundSearch.Training.Heads;

/// <summary>How a classifier's logits are judged.</summary>
public enum HeadLoss
{
    /// <summary>Softmax cross entropy: one label a clip.</summary>
    Softmax,

    /// <summary>Binary cross entropy of each label: any number of labels.</summary>
    PerLabel,
}
