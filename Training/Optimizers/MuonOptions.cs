namespace SoundSearch.Training.Optimizers;

/// <summary>Jordan 2024, with the update scaled to AdamW's size (Liu et al. 2025) so that one learning rate serves both.</summary>
public sealed record MuonOptions(double LearningRate = 1e-3, double Momentum = 0.95, double WeightDecay = 0.05, int Iterations = 5);
