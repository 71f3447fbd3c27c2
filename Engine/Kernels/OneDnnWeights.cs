using static SoundSearch.Engine.Kernels.OneDnnNative;

namespace SoundSearch.Engine.Kernels;

/// <summary>
/// Weights [n, k] rounded to their precision, and a copy in each layout that some shape's primitive has asked for; usually
/// that is one.
/// </summary>
internal sealed unsafe class OneDnnWeights
{
    private readonly Lock gate = new();
    private readonly List<Copy> copies = [];
    private readonly AlignedBuffer plain;
    private readonly float[] scales;
    private readonly int n;
    private readonly int k;
    private readonly Precision precision;
    private int version;

    public OneDnnWeights(int n, int k, Precision precision)
    {
        OneDnn.Require(precision);
        (this.n, this.k, this.precision) = (n, k, precision);
        plain = new AlignedBuffer(checked(n * k));
        scales = precision == Precision.Int8 ? new float[n] : [];
    }

    /// <summary>One per row of the weights, int8 only.</summary>
    public float[] Scales => scales;

    public void Fill(float* weight)
    {
        lock (gate)
        {
            version++;
            fixed (float* pScales = scales)
            {
                switch (precision)
                {
                    case Precision.BFloat16:
                        Rounding.ToBFloat16(weight, k, n, k, (ushort*)plain.Pointer);
                        break;
                    case Precision.Int8:
                        Rounding.ToInt8(weight, k, n, k, OneDnn.Int8Limit, (sbyte*)plain.Pointer, pScales);
                        break;
                    default:
                        new ReadOnlySpan<float>(weight, n * k).CopyTo(new Span<float>(plain.Pointer, n * k));
                        break;
                }
            }
        }
    }

    /// <summary>The weights as a primitive wants them; valid while this object is reachable and not filled again.</summary>
    public void* In(Layout layout)
    {
        lock (gate)
        {
            foreach (Copy copy in copies)
            {
                Layout known = copy.Layout;
                if (dnnl_memory_desc_equal(&known, &layout) != 0)
                {
                    return Refreshed(copy);
                }
            }
            Copy added = new(layout, new AlignedBuffer(checked((int)((dnnl_memory_desc_get_size(&layout) + 3) / 4))));
            copies.Add(added);
            return Refreshed(added);
        }
    }

    private void* Refreshed(Copy copy)
    {
        if (copy.Version != version)
        {
            Reorder(copy.Layout, copy.Memory.Pointer);
            copy.Version = version;
        }
        return copy.Memory.Pointer;
    }

    private void Reorder(Layout layout, void* target)
    {
        int type = precision switch { Precision.BFloat16 => TypeBFloat16, Precision.Int8 => TypeInt8, _ => TypeFloat32 };
        Layout from = OneDnnProduct.Plain(k, n, type, 1, k);
        nint engine = OneDnn.Engine, description = 0, primitive = 0, stream = 0, source = 0, destination = 0;
        try
        {
            OneDnn.Check(dnnl_reorder_primitive_desc_create(&description, &from, engine, &layout, engine, 0), "a weight layout's description");
            OneDnn.Check(dnnl_primitive_create(&primitive, description), "a weight layout's primitive");
            OneDnn.Check(dnnl_stream_create(&stream, engine, InOrder), "a stream");
            source = OneDnnProduct.CreateMemory(engine, &from);
            destination = OneDnnProduct.CreateMemory(engine, &layout);
            _ = dnnl_memory_set_data_handle(source, plain.Pointer);
            _ = dnnl_memory_set_data_handle(destination, target);
            Argument* arguments = stackalloc Argument[2] { new(ReorderSource, source), new(Target, destination) };
            OneDnn.Check(dnnl_primitive_execute(primitive, stream, 2, arguments), "a weight layout");
            OneDnn.Check(dnnl_stream_wait(stream), "a weight layout");
        }
        finally
        {
            _ = source == 0 ? 0 : dnnl_memory_destroy(source);
            _ = destination == 0 ? 0 : dnnl_memory_destroy(destination);
            _ = stream == 0 ? 0 : dnnl_stream_destroy(stream);
            _ = primitive == 0 ? 0 : dnnl_primitive_destroy(primitive);
            _ = description == 0 ? 0 : dnnl_primitive_desc_destroy(description);
        }
    }

    private sealed class Copy(Layout layout, AlignedBuffer memory)
    {
        public Layout Layout { get; } = layout;

        public AlignedBuffer Memory { get; } = memory;

        public int Version { get; set; }
    }
}
