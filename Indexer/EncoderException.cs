namespace SoundSearch.Indexer;

/// <summary>The model failed, not a file: the run ends.</summary>
public sealed class EncoderException(string model, Exception inner)
    : Exception($"The model '{model}' failed while encoding: {inner.Message}", inner);
