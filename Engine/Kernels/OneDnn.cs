using System.Runtime.InteropServices;

namespace SoundSearch.Engine.Kernels;

/// <summary>
/// oneDNN 2 (Debian's libdnnl2), found at run time and never required. It brings bfloat16 and int8 products on machines whose
/// processor has them; which precisions those are, the library is asked.
/// </summary>
public static unsafe class OneDnn
{
    private static readonly Lazy<State> Loaded = new(Load);

    /// <summary>Whether the library is there and of a version whose interface is known.</summary>
    public static bool IsAvailable => Loaded.Value.Engine != 0;

    /// <summary>Such as 2.6.3; null when not available.</summary>
    public static Version? Version => Loaded.Value.Version;

    /// <summary>Why not <see cref="IsAvailable"/>, and what to do about it; empty if available.</summary>
    public static string Problem => Loaded.Value.Problem;

    internal static nint Engine => Loaded.Value.Engine;

    /// <summary>
    /// Largest magnitude that int8 factors are scaled to. Without 8-bit dot-product instructions pairs of products are summed
    /// in 16 bits, which 127 would overflow.
    /// </summary>
    internal static int Int8Limit => Loaded.Value.Vnni ? 127 : 63;

    /// <summary>Whether it multiplies bytes faster than .NET can: in 512-bit registers or tiles.</summary>
    internal static bool HasWideInt8 => Supports(Precision.Int8) && Loaded.Value.Vnni512;

    /// <summary>Whether this machine's oneDNN has more than a reference loop for this precision.</summary>
    public static bool Supports(Precision precision) => Loaded.Value.Precisions[(int)precision];

    /// <exception cref="NotSupportedException">The library or the precision is not there.</exception>
    internal static void Require(Precision precision)
    {
        if (!IsAvailable)
        {
            throw new NotSupportedException($"{precision} products by oneDNN were asked for. {Problem} Or use {nameof(Precision.Float32)}.");
        }
        if (!Supports(precision))
        {
            string needed = precision == Precision.BFloat16 ? ", they need AVX-512 and are fast with its BF16 extension or AMX" : "";
            throw new NotSupportedException(
                $"{precision} products by oneDNN were asked for; oneDNN {Version} has none for this processor: it has {Loaded.Value.Processor}{needed}. Use {nameof(Precision.Float32)}.");
        }
    }

    internal static void Check(int status, string what)
    {
        if (status != 0)
        {
            throw new InvalidOperationException($"oneDNN {Version}: {what} failed with status {status}.");
        }
    }

    internal static void UseThreads(int threads)
    {
        if (Loaded.Value.OpenMp)
        {
            OneDnnNative.omp_set_num_threads(threads);
        }
    }

    private static State Load()
    {
        State state = new();
        if (!NativeLibrary.TryLoad(OneDnnNative.Library, typeof(OneDnn).Assembly, null, out _))
        {
            state.Problem = $"{OneDnnNative.Library} was not found; install oneDNN 2 (Debian, Ubuntu: apt install libdnnl2).";
            return state;
        }
        OneDnnNative.VersionInfo* version = OneDnnNative.dnnl_version();
        state.Version = new Version(version->Major, version->Minor, version->Patch);
        if (version->Major != 2 || version->Minor < 6)
        {
            state.Problem = $"{OneDnnNative.Library} is version {state.Version}; 2.6 or a later 2.x is needed.";
            return state;
        }
        nint engine;
        int status = OneDnnNative.dnnl_engine_create(&engine, OneDnnNative.Cpu, 0);
        if (status != 0)
        {
            state.Problem = $"oneDNN {state.Version} has no engine for this processor (status {status}).";
            return state;
        }
        state.OpenMp = version->CpuRuntime == OneDnnNative.OpenMpRuntime
            && NativeLibrary.TryLoad(OneDnnNative.OpenMp, typeof(OneDnn).Assembly, null, out _);
        int isa = OneDnnNative.dnnl_get_effective_cpu_isa();
        state.Processor = OneDnnNative.NameOf(isa);
        state.Vnni512 = (isa & OneDnnNative.Vnni512) != 0;
        state.Vnni = state.Vnni512 || (isa & OneDnnNative.Vnni256) != 0;
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            OneDnnShape shape = new() { M = 48, N = 256, K = 256, Lda = 256, Ldb = 256, Ldc = 256, Packed = true, Precision = precision };
            state.Precisions[(int)precision] = OneDnnProduct.IsSupported(engine, shape);
        }
        state.Engine = engine;
        return state;
    }

    private sealed class State
    {
        public readonly bool[] Precisions = new bool[Enum.GetValues<Precision>().Length];
        public nint Engine;
        public Version? Version;
        public string Problem = "";
        public string Processor = "";
        public bool OpenMp;
        public bool Vnni;
        public bool Vnni512;
    }
}
