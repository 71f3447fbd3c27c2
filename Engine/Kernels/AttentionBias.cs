namespace SoundSearch.Engine.Kernels;

/// <summary>
/// What is added to attention's scaled scores before the softmax; default: nothing.
/// </summary>
/// <param name="heads">[heads, tokens, tokens], the same for every sequence (relative positions), or empty.</param>
/// <param name="groups">
/// [groups, tokens, tokens], the same for every head, or empty; sequence i uses group i modulo groups (the windows of a
/// picture). A large negative value hides a key; every query must see one.
/// </param>
public readonly ref struct AttentionBias(ReadOnlySpan<float> heads, ReadOnlySpan<float> groups = default)
{
    public ReadOnlySpan<float> Heads { get; } = heads;

    public ReadOnlySpan<float> Groups { get; } = groups;

    public bool IsEmpty => Heads.IsEmpty && Groups.IsEmpty;

    /// <exception cref="ArgumentException">A length is not that of the shape.</exception>
    internal void Check(int tokens, int headCount)
    {
        long one = (long)tokens * tokens;
        if (!Heads.IsEmpty && Heads.Length != headCount * one)
        {
            throw new ArgumentException($"A bias per head needs {headCount} x {tokens} x {tokens} values, not {Heads.Length}.", nameof(heads));
        }
        if (!Groups.IsEmpty && (one == 0 || Groups.Length % one != 0))
        {
            throw new ArgumentException($"A bias per group needs a multiple of {tokens} x {tokens} values, not {Groups.Length}.", nameof(groups));
        }
    }
}
