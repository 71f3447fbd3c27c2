namespace SoundSearch.Engine.Formats;

/// <summary>One tensor's place in a safetensors file; Begin and End are byte offsets from the start of the data.</summary>
public sealed record SafetensorsEntry(string DType, int[] Shape, long Begin, long End, long Count);
