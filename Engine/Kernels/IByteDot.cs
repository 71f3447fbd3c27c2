namespace SoundSearch.Engine.Kernels;

/// <summary>
/// Products of 8-bit weights with 8-bit activations, four along k at a time, summed exactly in 32 bits. One vector holds the
/// sums of some columns; a tile is two vectors wide. Written once over this, compiled once per instruction set.
/// </summary>
internal unsafe interface IByteDot<TVector>
    where TVector : unmanaged
{
    /// <summary>Columns of a tile.</summary>
    static abstract int Columns { get; }

    /// <summary>Bytes that four activations take: 4, or 8 where they are multiplied as 16-bit numbers.</summary>
    static abstract int GroupBytes { get; }

    /// <summary>Added to each activation, for instructions that take them without a sign.</summary>
    static abstract int Offset { get; }

    /// <summary>Bytes from the first vector's weights to the second's.</summary>
    static abstract nint Second(nint panelBytes);

    static abstract TVector Weights(sbyte* source);

    /// <summary>Four activations, for all columns.</summary>
    static abstract TVector Activations(byte* source);

    static abstract TVector MultiplyAdd(TVector sums, TVector weights, TVector activations);

    /// <summary>The sums of all columns of a tile, in order.</summary>
    static abstract void Store(TVector first, TVector second, int* target);
}
