using System.Runtime.InteropServices;

namespace SoundSearch.Query.Hnsw;

/// <summary>
/// A growing block of unmanaged elements, aligned to a cache line. Managed arrays end at two thousand million bytes,
/// which is four million vectors of 512; this does not, and its address never moves except in <see cref="Grow"/>.
/// </summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;
    private long capacity;

    ~NativeBuffer() => Free();

    public T* Pointer { get; private set; }

    /// <summary>Elements in use.</summary>
    public long Length { get; private set; }

    public long Bytes => Length * sizeof(T);

    /// <summary>Adds elements, set to zero, and returns the place of the first one.</summary>
    public T* Grow(long elements)
    {
        long wanted = checked(Length + elements);
        if (wanted > capacity)
        {
            long next = Math.Max(wanted, Math.Max(256, capacity + (capacity / 2)));
            Pointer = (T*)NativeMemory.AlignedRealloc(Pointer, checked((nuint)(next * sizeof(T))), Alignment);
            (long known, capacity) = (capacity, next);
            GC.AddMemoryPressure((capacity - known) * sizeof(T));
        }
        T* first = Pointer + Length;
        NativeMemory.Clear(first, (nuint)(elements * sizeof(T)));
        Length = wanted;
        return first;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (Pointer != null)
        {
            NativeMemory.AlignedFree(Pointer);
            GC.RemoveMemoryPressure(capacity * sizeof(T));
            Pointer = null;
            (Length, capacity) = (0, 0);
        }
    }
}
