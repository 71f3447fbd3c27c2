namespace SoundSearch.Engine.Kernels;

/// <summary>Float32 memory that never moves and begins on a cache line, uninitialised; owned by the garbage collector.</summary>
internal sealed unsafe class AlignedBuffer
{
    private const int Line = 64;

    private readonly float[] memory;

    public AlignedBuffer(int length)
    {
        memory = GC.AllocateUninitializedArray<float>(checked(length + Line / sizeof(float)), pinned: true);
        nint address = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref memory[0]);
        Pointer = (float*)((address + Line - 1) & -Line);
        Length = length;
    }

    /// <summary>Valid while this object is reachable.</summary>
    public float* Pointer { get; }

    public int Length { get; }

    /// <summary>Keeps a per-thread buffer long enough; contents are lost when it grows.</summary>
    public static float* Ensure(ref AlignedBuffer? buffer, int length)
    {
        if (buffer is null || buffer.Length < length)
        {
            buffer = new AlignedBuffer(length);
        }
        return buffer.Pointer;
    }
}
