namespace SoundSearch.Training.Pictures;

/// <summary>What is known of a picture besides its pixels.</summary>
/// <param name="Path">Its name in the store, unique, with forward slashes.</param>
/// <param name="Set">The collection it comes from.</param>
/// <param name="Group">What it shows, as one short name: all drawings of one thing share it and are held out together.</param>
/// <param name="Words">Texts for it, at least one: its name or description first, then its tags.</param>
/// <param name="Licence">Its licence, or a pointer to it.</param>
public sealed record PictureInfo(string Path, string Set, string Group, string[] Words, string Licence);
