namespace SoundSearch.Training.Run;

/// <summary>
/// What the factors of a tower's linear layers are rounded to while it is trained, forward and backward. Weights, gradients, optimiser,
/// activations and sums are float32 always, as are attention, norms, patches, losses, heads, and all that is measured.
/// </summary>
public enum TrainingPrecision
{
    Float32,

    /// <summary>By oneDNN, where it and the processor have it; elsewhere refused.</summary>
    Bfloat16,

    /// <summary>The same rounding by this library's own code, on any processor and no faster than float32: to find out what the rounding does.</summary>
    Bfloat16Managed,
}
