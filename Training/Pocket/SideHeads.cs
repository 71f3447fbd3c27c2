using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Pocket;

/// <summary>
/// Two linear layers that exist only in training, from the tower's pooled features to the tagger's answers: they make the
/// features carry what the tagger knows and are thrown away afterwards.
/// </summary>
internal sealed class SideHeads(ParameterSet parameters, int inputs, int tags, int features)
{
    public ParameterSet Parameters { get; } = parameters;

    /// <summary>To the tagger's logits.</summary>
    public Linear Tags { get; } = new(parameters, "head.tags.weight", "head.tags.bias", tags, inputs);

    /// <summary>To the tagger's embedding.</summary>
    public Linear Features { get; } = new(parameters, "head.features.weight", "head.features.bias", features, inputs);

    public static SideHeads Create(int inputs, int tags, int features) => new(
        new ParameterSet([new("head.tags.weight", [tags, inputs]), new("head.tags.bias", [tags]), new("head.features.weight", [features, inputs]), new("head.features.bias", [features])]),
        inputs, tags, features);
}
