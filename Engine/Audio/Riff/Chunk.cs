namespace SoundSearch.Engine.Audio.Riff;

/// <summary>One chunk of an IFF-like file.</summary>
/// <param name="Id">Four characters.</param>
/// <param name="Start">Place of its contents.</param>
/// <param name="DeclaredSize">Size in its header.</param>
/// <param name="Size">Bytes of it that are really in the file.</param>
public readonly record struct Chunk(string Id, long Start, long DeclaredSize, long Size);
