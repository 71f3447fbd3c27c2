namespace SoundSearch.Training.Optimizers;

/// <summary>PyTorch's names and defaults. <see cref="DecayVectors"/> false leaves biases, norms and scalars out of the decay.</summary>
public sealed record AdamOptions(
    double LearningRate = 1e-3, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 0, bool DecayVectors = true);
