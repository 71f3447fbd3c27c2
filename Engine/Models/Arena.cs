namespace SoundSearch.Engine.Models;

/// <summary>
/// Hands out slices of one allocation. The plan runs twice: the first time only to count, the second time for real,
/// so that the slices can be written down once, each with its shape.
/// </summary>
internal sealed class Arena
{
    private const int Alignment = 16; // floats, one cache line

    private float[]? memory;
    private long used;

    private Arena()
    {
    }

    /// <exception cref="ArgumentException">The slices together are larger than one array can be.</exception>
    public static void Plan(Action<Arena> plan)
    {
        var arena = new Arena();
        plan(arena);
        if (arena.used > Array.MaxLength)
        {
            throw new ArgumentException($"Activations of {arena.used} values do not fit into one array: use smaller batches.");
        }
        (arena.memory, arena.used) = (new float[arena.used], 0);
        plan(arena);
    }

    /// <summary>A slice of the product of the sizes.</summary>
    public Memory<float> Take(params ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int d in shape)
        {
            count = checked(count * d);
        }
        long start = used;
        used = checked(used + ((count + Alignment - 1) / Alignment * Alignment));
        return memory is null ? default : memory.AsMemory((int)start, (int)count);
    }
}
