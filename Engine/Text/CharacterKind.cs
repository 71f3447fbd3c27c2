namespace SoundSearch.Engine.Text;

/// <summary>What the expressions of byte-pair tokenizers tell apart: \s, \p{L}, \p{N} and the rest.</summary>
internal enum CharacterKind
{
    Space,
    Letter,
    Number,
    Other,
}
