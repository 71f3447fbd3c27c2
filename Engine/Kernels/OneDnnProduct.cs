using System.Runtime.InteropServices;
using static SoundSearch.Engine.Kernels.OneDnnNative;

namespace SoundSearch.Engine.Kernels;

/// <summary>
/// A matmul primitive with its memory objects, made once per thread and shape: oneDNN's objects may not be executed by two
/// threads at once. C = (accumulate ? C : 0) + A B + bias; int8 gives 32-bit sums instead, without bias.
/// </summary>
internal sealed unsafe class OneDnnProduct
{
    /// <summary>Clips of many lengths give many shapes; a primitive costs some kilobytes and 0.1 to 1 ms to make again.</summary>
    private const int CacheLimit = 256;

    [ThreadStatic]
    private static Dictionary<OneDnnShape, OneDnnProduct>? products;

    [ThreadStatic]
    private static AlignedBuffer? scratchpad;

    private readonly nint primitive;
    private readonly nint stream;
    private readonly nint source;
    private readonly nint weights;
    private readonly nint bias;
    private readonly nint target;
    private readonly nint scratch;
    private readonly int scratchLength;
    private readonly Layout weightsLayout;

    private OneDnnProduct(in OneDnnShape shape)
    {
        nint engine = OneDnn.Engine, made, attributes = 0, description = 0;
        try
        {
            OneDnn.Check(Describe(engine, shape, out attributes, out description, out Layout a, out Layout b, out Layout c, out Layout d), "a product's description");
            OneDnn.Check(dnnl_primitive_create(&made, description), "a product's primitive");
            primitive = made;
            weightsLayout = *dnnl_primitive_desc_query_md(description, QueryWeights, 0);
            Layout scratchLayout = *dnnl_primitive_desc_query_md(description, QueryScratchpad, 0), chosen = weightsLayout;
            scratchLength = checked((int)((dnnl_memory_desc_get_size(&scratchLayout) + 3) / 4));
            source = CreateMemory(engine, &a);
            weights = CreateMemory(engine, &chosen);
            target = CreateMemory(engine, &c);
            bias = shape.Bias ? CreateMemory(engine, &d) : 0;
            scratch = CreateMemory(engine, &scratchLayout);
            OneDnn.Check(dnnl_stream_create(&made, engine, InOrder), "a stream");
            stream = made;
        }
        finally
        {
            _ = description == 0 ? 0 : dnnl_primitive_desc_destroy(description);
            _ = attributes == 0 ? 0 : dnnl_primitive_attr_destroy(attributes);
        }
    }

    ~OneDnnProduct()
    {
        foreach (nint memory in (ReadOnlySpan<nint>)[source, weights, bias, target, scratch])
        {
            _ = memory == 0 ? 0 : dnnl_memory_destroy(memory);
        }
        _ = primitive == 0 ? 0 : dnnl_primitive_destroy(primitive);
        _ = stream == 0 ? 0 : dnnl_stream_destroy(stream);
    }

    /// <summary>How B has to lie in memory.</summary>
    public Layout WeightsLayout => weightsLayout;

    /// <summary>This thread's primitive for a shape.</summary>
    public static OneDnnProduct For(in OneDnnShape shape)
    {
        products ??= [];
        if (!products.TryGetValue(shape, out OneDnnProduct? product))
        {
            if (products.Count >= CacheLimit)
            {
                products.Clear();
            }
            OneDnn.UseThreads(shape.Threads);
            products[shape] = product = new OneDnnProduct(shape);
        }
        return product;
    }

    /// <summary>Whether a shape has an implementation, the reference loop not counted.</summary>
    public static bool IsSupported(nint engine, in OneDnnShape shape)
    {
        int status = Describe(engine, shape, out nint attributes, out nint description, out _, out _, out _, out _);
        byte* name = null;
        bool supported = status == 0 && dnnl_primitive_desc_query(description, QueryImplementation, 0, &name) == 0
            && !(Marshal.PtrToStringUTF8((nint)name) ?? "ref").StartsWith("ref", StringComparison.Ordinal);
        _ = description == 0 ? 0 : dnnl_primitive_desc_destroy(description);
        _ = attributes == 0 ? 0 : dnnl_primitive_attr_destroy(attributes);
        return supported;
    }

    public void Execute(void* a, void* b, float* biasValues, void* c, int threads)
    {
        float* work = AlignedBuffer.Ensure(ref scratchpad, scratchLength);
        _ = dnnl_memory_set_data_handle(source, a);
        _ = dnnl_memory_set_data_handle(weights, b);
        _ = dnnl_memory_set_data_handle(target, c);
        _ = dnnl_memory_set_data_handle(scratch, work);
        Argument* arguments = stackalloc Argument[5];
        int count = 0;
        arguments[count++] = new Argument(Source, source);
        arguments[count++] = new Argument(Weights, weights);
        arguments[count++] = new Argument(Target, target);
        arguments[count++] = new Argument(Scratchpad, scratch);
        if (bias != 0)
        {
            _ = dnnl_memory_set_data_handle(bias, biasValues);
            arguments[count++] = new Argument(Bias, bias);
        }
        OneDnn.UseThreads(threads);
        OneDnn.Check(dnnl_primitive_execute(primitive, stream, count, arguments), "a product");
        OneDnn.Check(dnnl_stream_wait(stream), "a product");
        GC.KeepAlive(this);
    }

    /// <summary>A plain matrix as oneDNN describes it.</summary>
    public static Layout Plain(int rows, int columns, int type, long rowStride, long columnStride)
    {
        Layout layout;
        long* sizes = stackalloc long[2] { rows, columns }, strides = stackalloc long[2] { rowStride, columnStride };
        OneDnn.Check(dnnl_memory_desc_init_by_strides(&layout, 2, sizes, type, strides), "a matrix's description");
        return layout;
    }

    public static nint CreateMemory(nint engine, Layout* layout)
    {
        nint memory;
        OneDnn.Check(dnnl_memory_create(&memory, layout, engine, null), "a memory object");
        return memory;
    }

    private static int Describe(
        nint engine, in OneDnnShape shape, out nint attributes, out nint description, out Layout a, out Layout b, out Layout c, out Layout bias)
    {
        (int type, int result) = shape.Precision switch
        {
            Precision.BFloat16 => (TypeBFloat16, TypeFloat32),
            Precision.Int8 => (TypeInt8, TypeInt32),
            _ => (TypeFloat32, TypeFloat32),
        };
        a = Plain(shape.M, shape.K, type, shape.TransposeA ? 1 : shape.Lda, shape.TransposeA ? shape.Lda : 1);
        c = Plain(shape.M, shape.N, result, shape.Ldc, 1);
        bias = Plain(1, shape.N, TypeFloat32, shape.N, 1);
        if (shape.Packed)
        {
            long* sizes = stackalloc long[2] { shape.K, shape.N };
            Layout any;
            OneDnn.Check(dnnl_memory_desc_init_by_tag(&any, 2, sizes, type, AnyLayout), "a matrix's description");
            b = any;
        }
        else
        {
            b = Plain(shape.K, shape.N, type, shape.TransposeB ? 1 : shape.Ldb, shape.TransposeB ? shape.Ldb : 1);
        }
        nint made, operations;
        description = 0;
        OneDnn.Check(dnnl_primitive_attr_create(&made), "attributes");
        attributes = made;
        OneDnn.Check(dnnl_primitive_attr_set_scratchpad_mode(attributes, UserScratchpad), "attributes");
        if (shape.Accumulate && shape.Precision != Precision.Int8)
        {
            OneDnn.Check(dnnl_post_ops_create(&operations), "attributes");
            _ = dnnl_post_ops_append_sum(operations, 1);
            int status = dnnl_primitive_attr_set_post_ops(attributes, operations);
            _ = dnnl_post_ops_destroy(operations);
            OneDnn.Check(status, "attributes");
        }
        MatmulDescription matmul;
        fixed (Layout* pa = &a, pb = &b, pc = &c, pBias = &bias)
        {
            OneDnn.Check(dnnl_matmul_desc_init(&matmul, pa, pb, shape.Bias ? pBias : null, pc), "a product's description");
        }
        int outcome = dnnl_primitive_desc_create(&made, &matmul, attributes, engine, 0);
        description = outcome == 0 ? made : 0;
        return outcome;
    }
}
