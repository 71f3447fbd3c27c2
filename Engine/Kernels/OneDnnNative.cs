using System.Runtime.InteropServices;

namespace SoundSearch.Engine.Kernels;

/// <summary>The part of oneDNN 2's C API that products need; names as in dnnl.h. Every function returns a status, 0 for success.</summary>
internal static unsafe partial class OneDnnNative
{
    public const string Library = "libdnnl.so.2";
    public const string OpenMp = "libgomp.so.1";

    public const int Cpu = 1, InOrder = 1, UserScratchpad = 1, AnyLayout = 1, OpenMpRuntime = 2;
    public const int TypeBFloat16 = 2, TypeFloat32 = 3, TypeInt32 = 4, TypeInt8 = 5;
    public const int QueryImplementation = 8, QueryWeights = 131, QueryScratchpad = 136;
    public const int Source = 1, Target = 17, ReorderSource = 1, Weights = 33, Bias = 41, Scratchpad = 80;

    /// <summary>dnnl_cpu_isa_t's bit for 8-bit dot products, whether 256 or 512 bits wide.</summary>
    public const int Vnni512 = 0x40, Vnni256 = 0x400;

    /// <summary>Its other bits, each with those before it.</summary>
    private const int Avx2 = 0x4, Avx512 = 0x20, BFloat16 = 0x80, Amx = 0x300;

    /// <summary>The most that a dnnl_cpu_isa_t has, for messages.</summary>
    public static string NameOf(int isa) =>
        (isa & Amx) == Amx ? "AVX-512 and AMX" : (isa & BFloat16) != 0 ? "AVX-512 with BF16" : (isa & Avx512) != 0 ? "AVX-512" : (isa & Avx2) != 0 ? "AVX2" : "less than AVX2";

    /// <summary>dnnl_memory_desc_t, 696 bytes in all versions 2.x; only the library looks inside.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 696)]
    public struct Layout
    {
        private long opaque;
    }

    /// <summary>dnnl_matmul_desc_t, 2,800 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 2800)]
    public struct MatmulDescription
    {
        private long opaque;
    }

    /// <summary>dnnl_exec_arg_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Argument(int kind, nint memory)
    {
        public int Kind = kind;
        public nint Memory = memory;
    }

    /// <summary>dnnl_version_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct VersionInfo
    {
        public int Major, Minor, Patch;
        public byte* Hash;
        public uint CpuRuntime, GpuRuntime;
    }

    [LibraryImport(Library)]
    public static partial VersionInfo* dnnl_version();

    [LibraryImport(Library)]
    public static partial int dnnl_get_effective_cpu_isa();

    [LibraryImport(Library)]
    public static partial int dnnl_engine_create(nint* engine, int kind, nuint index);

    [LibraryImport(Library)]
    public static partial int dnnl_stream_create(nint* stream, nint engine, uint flags);

    [LibraryImport(Library)]
    public static partial int dnnl_stream_destroy(nint stream);

    [LibraryImport(Library)]
    public static partial int dnnl_stream_wait(nint stream);

    [LibraryImport(Library)]
    public static partial int dnnl_memory_desc_init_by_strides(Layout* layout, int dimensions, long* sizes, int type, long* strides);

    [LibraryImport(Library)]
    public static partial int dnnl_memory_desc_init_by_tag(Layout* layout, int dimensions, long* sizes, int type, int tag);

    [LibraryImport(Library)]
    public static partial int dnnl_memory_desc_equal(Layout* a, Layout* b);

    [LibraryImport(Library)]
    public static partial nuint dnnl_memory_desc_get_size(Layout* layout);

    [LibraryImport(Library)]
    public static partial int dnnl_matmul_desc_init(MatmulDescription* description, Layout* source, Layout* weights, Layout* bias, Layout* target);

    [LibraryImport(Library)]
    public static partial int dnnl_primitive_attr_create(nint* attributes);

    [LibraryImport(Library)]
    public static partial int dnnl_primitive_attr_destroy(nint attributes);

    [LibraryImport(Library)]
    public static partial int dnnl_primitive_attr_set_scratchpad_mode(nint attributes, int mode);

    [LibraryImport(Library)]
    public static partial int dnnl_primitive_attr_set_post_ops(nint attributes, nint operations);

    [LibraryImport(Library)]
    public static partial int dnnl_post_ops_create(nint* operations);

    [LibraryImport(Library)]
    public static partial int dnnl_post_ops_append_sum(nint operations, float scale);

    [LibraryImport(Library)]
    public static partial int dnnl_post_ops_destroy(nint operations);

    [LibraryImport(Library)]
    public static partial int dnnl_primitive_desc_create(nint* primitive, MatmulDescription* description, nint attributes, nint engine, nint hint);

    [LibraryImport(Library)]
    public static partial int dnnl_reorder_primitive_desc_create(
        nint* primitive, Layout* source, nint sourceEngine, Layout* target, nint targetEngine, nint attributes);

    [LibraryImport(Library)]
    public static partial int dnnl_primitive_desc_destroy(nint primitive);

    [LibraryImport(Library)]
    public static partial int dnnl_primitive_desc_query(nint primitive, int what, int index, void* result);

    [LibraryImport(Library)]
    public static partial Layout* dnnl_primitive_desc_query_md(nint primitive, int what, int index);

    [LibraryImport(Library)]
    public static partial int dnnl_primitive_create(nint* primitive, nint description);

    [LibraryImport(Library)]
    public static partial int dnnl_primitive_destroy(nint primitive);

    [LibraryImport(Library)]
    public static partial int dnnl_primitive_execute(nint primitive, nint stream, int count, Argument* arguments);

    [LibraryImport(Library)]
    public static partial int dnnl_memory_create(nint* memory, Layout* layout, nint engine, void* handle);

    [LibraryImport(Library)]
    public static partial int dnnl_memory_set_data_handle(nint memory, void* handle);

    [LibraryImport(Library)]
    public static partial int dnnl_memory_destroy(nint memory);

    /// <summary>OpenMP's thread count for what the calling thread starts.</summary>
    [LibraryImport(OpenMp)]
    public static partial void omp_set_num_threads(int threads);
}
