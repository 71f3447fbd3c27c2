namespace SoundSearch.Training.Tagger;

/// <summary>What the weights' shapes do not tell about a block of the tagger.</summary>
internal readonly record struct BlockRecipe(int Kernel, int Stride, bool Widened, bool Excited, bool HardSwish);
