namespace SoundSearch.Engine.Models;

/// <summary>A sequence of a <see cref="CaptionDecoder"/>: what is heard, what the tags say, and the caption so far.</summary>
/// <param name="Audio">[audio tokens, audio width], or empty: nothing is heard.</param>
/// <param name="Tags">Token ids, possibly none.</param>
/// <param name="Caption">Token ids from the start token on.</param>
/// <param name="Scored">For how many of the caption's last places the next token is asked; in training for all, in writing for one.</param>
public readonly record struct CaptionRow(ReadOnlyMemory<float> Audio, ReadOnlyMemory<int> Tags, ReadOnlyMemory<int> Caption, int Scored);
