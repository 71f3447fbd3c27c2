namespace SoundSearch.Training.Optimizers;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019): w = (1 - lr decay) w - Adam's update.</summary>
public sealed class AdamW(IEnumerable<Parameter> parameters, AdamOptions options) : Adam(parameters, options, decoupled: true);
