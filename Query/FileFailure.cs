namespace SoundSearch.Query;

/// <summary>A file that could not be read.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Reason">Why, for the user.</param>
public sealed record FileFailure(string Path, string Reason);
