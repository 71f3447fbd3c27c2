namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>A data set is not where it was looked for; the message says what to put where.</summary>
public sealed class DatasetException(string message) : IOException(message);
