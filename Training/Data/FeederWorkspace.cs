using SoundSearch.Training.Tagger;

namespace SoundSearch.Training.Data;

/// <summary>A <see cref="SampleFeeder"/>'s buffers for one thread.</summary>
public sealed class FeederWorkspace
{
    internal AugmenterWorkspace Augmenter { get; } = new();

    internal TaggerWorkspace Tagger { get; } = new();
}
