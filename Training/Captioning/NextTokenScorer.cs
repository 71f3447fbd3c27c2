namespace SoundSearch.Training.Captioning;

/// <summary>Tells how likely each token is to come next.</summary>
/// <param name="prefixes">What is written so far, without the start token; all of the same length.</param>
/// <param name="logProbabilities">[prefixes, vocabulary], to be filled with natural logarithms.</param>
public delegate void NextTokenScorer(IReadOnlyList<int[]> prefixes, Span<float> logProbabilities);
