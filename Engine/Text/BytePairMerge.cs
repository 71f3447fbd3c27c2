namespace SoundSearch.Engine.Text;

/// <summary>Ids of two neighbours and of what they become.</summary>
public readonly record struct BytePairMerge(int Left, int Right, int Merged);
