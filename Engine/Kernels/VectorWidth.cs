namespace SoundSearch.Engine.Kernels;

/// <summary>Vector width that a kernel is compiled for; the value is the number of float32 lanes.</summary>
internal enum VectorWidth
{
    Scalar = 1,
    Vector128 = 4,
    Vector256 = 8,
    Vector512 = 16,
}
