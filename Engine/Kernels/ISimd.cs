namespace SoundSearch.Engine.Kernels;

/// <summary>
/// Arithmetic on one register of float32 lanes. Kernels are written once over this and compiled once per width: both type
/// arguments are structs, so every call is resolved and inlined when the kernel is compiled.
/// </summary>
internal unsafe interface ISimd<TVector>
    where TVector : unmanaged
{
    static abstract int Lanes { get; }

    static abstract TVector Load(float* source);

    /// <summary>Tells the cache that the address is about to be used.</summary>
    static abstract void Prefetch(float* address);

    static abstract void Store(float* target, TVector value);

    static abstract TVector Create(float value);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Divide(TVector a, TVector b);

    /// <summary>a b + c, fused where the machine can.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>b where b is NaN.</summary>
    static abstract TVector Max(TVector a, TVector b);

    /// <summary>b where b is NaN.</summary>
    static abstract TVector Min(TVector a, TVector b);

    static abstract TVector Sqrt(TVector a);

    static abstract TVector Floor(TVector a);

    /// <summary>2^a for whole a in [-126, 127].</summary>
    static abstract TVector PowerOfTwo(TVector a);

    static abstract float Sum(TVector a);

    static abstract float Largest(TVector a);
}
