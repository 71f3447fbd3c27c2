namespace SoundSearch.Training.Optimizers;

/// <summary>VIP-ANT's defaults: rate 0.2 for weights and 0.0048 for biases, both times batch / 256 times the schedule.</summary>
public sealed record LarsOptions(
    double WeightRate = 0.2, double BiasRate = 0.0048, double WeightDecay = 1e-6, double Momentum = 0.9, double Trust = 0.001);
