using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SoundSearch.Engine.Kernels;

/// <summary>
/// The only place that asks the machine which width to use. Every kernel takes a width as an internal parameter, so that
/// tests can run the code of all widths anywhere: .NET emulates what the machine lacks, slowly and with the same result.
/// </summary>
internal static class Isa
{
    public static readonly VectorWidth[] Widths = [VectorWidth.Scalar, VectorWidth.Vector128, VectorWidth.Vector256, VectorWidth.Vector512];

    public static VectorWidth Width =>
        Vector512.IsHardwareAccelerated ? VectorWidth.Vector512
        : Vector256.IsHardwareAccelerated ? VectorWidth.Vector256
        : Vector128.IsHardwareAccelerated ? VectorWidth.Vector128
        : VectorWidth.Scalar;

    /// <summary>Whether there are 32 registers even at 128 bits, as on Arm, and not only with AVX-512.</summary>
    public static bool ManyRegisters => AdvSimd.Arm64.IsSupported;

    /// <summary>Whether there are 8-bit dot products for 256-bit registers; .NET 10 offers no wider ones.</summary>
    public static bool Vnni =>
#if NET10_0_OR_GREATER
        AvxVnni.IsSupported;
#else
        false;
#endif

    /// <summary>Asks for the cache line at an address; does nothing where there is no such instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    /// <summary>The same, but only as far as the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void PrefetchSecond(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(address);
        }
    }
}
