using SoundSearch.Engine.Models;
using SoundSearch.Training.Contrastive;

namespace SoundSearch.Training.Recipes;

/// <summary>What tells one kind of recipe from another: the pairs, the start and the figures.</summary>
internal interface IRecipeTask : IDisposable
{
    IPairSource Pairs { get; }

    /// <summary>What was read, in words.</summary>
    IReadOnlyList<string> Data { get; }

    /// <summary>Names of <see cref="Measure"/>'s results; the first decides which weights are kept.</summary>
    IReadOnlyList<string> Figures { get; }

    double[] Measure(AudioTower tower);

    AudioTower Start(int seed);

    /// <summary>What the frames that training chose last tell, by name; empty where none are chosen.</summary>
    IReadOnlyDictionary<string, double> Judge(IReadOnlyList<int> chosenFrames) => new Dictionary<string, double>();
}
