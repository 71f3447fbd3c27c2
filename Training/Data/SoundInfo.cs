namespace SoundSearch.Training.Data;

/// <summary>What is known of a sound besides its samples. Texts are empty when unknown.</summary>
/// <param name="Path">Its name in the store, unique, with forward slashes.</param>
/// <param name="Set">The collection it comes from.</param>
/// <param name="Label">Its class, where the collection has classes.</param>
/// <param name="Title">Free text: a file's or the original's name.</param>
/// <param name="Fold">The collection's own fold for cross validation.</param>
/// <param name="Licence">Its licence, or a pointer to it.</param>
/// <param name="Credit">Whom to name.</param>
/// <param name="Group">Sounds of one recording share it: they are held out together.</param>
/// <param name="Weight">How often to draw it, relative to others of its length: music and voices less than effects.</param>
public sealed record SoundInfo(
    string Path, string Set, string Label, string Title, string Fold, string Licence, string Credit, string Group, float Weight = 1);
