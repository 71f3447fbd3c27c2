namespace SoundSearch.Training.Data;

/// <summary>What an augmented sample was made of.</summary>
/// <param name="Dominant">The loudest sound's number in the <see cref="SoundMixture"/>: its title and label describe the sample best.</param>
/// <param name="Share">That sound's share of the energy, noise left out, from 0 to 1.</param>
/// <param name="Count">Sounds mixed.</param>
public readonly record struct SampleOrigin(int Dominant, float Share, int Count);
