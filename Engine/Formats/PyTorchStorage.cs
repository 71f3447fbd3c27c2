namespace SoundSearch.Engine.Formats;

/// <summary>The elements that tensors of an archive are views of: an entry "data/KEY" of <see cref="Count"/> elements.</summary>
internal sealed record PyTorchStorage(string Key, PyTorchDType DType, long Count);
