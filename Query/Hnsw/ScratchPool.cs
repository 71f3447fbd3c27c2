namespace SoundSearch.Query.Hnsw;

/// <summary>Keeps a few <see cref="Scratch"/> objects so that a search allocates nothing once it has run before.</summary>
internal sealed class ScratchPool
{
    private readonly Scratch?[] slots = new Scratch?[Math.Max(4, Environment.ProcessorCount)];

    public Scratch Rent()
    {
        for (int i = 0; i < slots.Length; i++)
        {
            if (slots[i] is not null && Interlocked.Exchange(ref slots[i], null) is { } scratch)
            {
                return scratch;
            }
        }
        return new Scratch();
    }

    public void Return(Scratch scratch)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            if (slots[i] is null && Interlocked.CompareExchange(ref slots[i], scratch, null) is null)
            {
                return;
            }
        }
        scratch.Dispose();
    }

    public void Clear()
    {
        for (int i = 0; i < slots.Length; i++)
        {
            Interlocked.Exchange(ref slots[i], null)?.Dispose();
        }
    }
}
