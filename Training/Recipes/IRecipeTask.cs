using SoundSearch.Engine.Models;
using SoundSearch.Training.Contrastive;

namespace SoundSearch.Training.Recipes;

/// <summary>What tells one kind of recipe from another: the pairs, the start and the figures.</summary>
internal interface IRecipeTask : IDisposable
{
    IPairSource Pairs { get; }

    /// <summary>What was read, in words.</summary>
    IReadOnlyList<string> Data { get; }

    /// <summary>Hashes of the stores and lists that were read.</summary>
    IReadOnlyList<string> DataHashes { get; }

    /// <summary>Names of <see cref="Measure"/>'s results; the first decides which weights are kept.</summary>
    IReadOnlyList<string> Figures { get; }

    /// <summary>Those of the figures whose course is drawn.</summary>
    IReadOnlyList<string> Plotted => Figures;

    double[] Measure(AudioTower tower);

    /// <summary>What a tower without any knowledge would have, by figure; empty where that is not known.</summary>
    IReadOnlyDictionary<string, double> Chance() => new Dictionary<string, double>();

    AudioTower Start(int seed);

    /// <summary>The run that <see cref="Start"/> takes the tower from; null if it is none.</summary>
    string? StartsFrom => null;

    /// <summary>What the frames that training chose last tell, by name; empty where none are chosen.</summary>
    IReadOnlyDictionary<string, double> Judge(IReadOnlyList<int> chosenFrames) => new Dictionary<string, double>();
}
