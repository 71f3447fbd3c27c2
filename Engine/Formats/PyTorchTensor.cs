using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace SoundSearch.Engine.Formats;

/// <summary>A tensor of an archive, not read yet: a view with shape, strides and offset (in elements) of a storage.</summary>
public sealed class PyTorchTensor
{
    // Expanded and overlapping views have more elements than their storage. Up to this many are taken on trust.
    internal const long MaxExpanded = 1 << 22;

    private readonly PyTorchArchive archive;
    private readonly PyTorchStorage storage;
    private readonly long offset;
    private readonly long[] strides;

    internal PyTorchTensor(PyTorchArchive archive, PyTorchStorage storage, PyTorchDType dtype, long offset, long[] sizes, long[] strides)
    {
        (this.archive, this.storage, DType, this.offset, this.strides) = (archive, storage, dtype, offset, strides);
        (Shape, Count) = Check(storage, offset, sizes, strides);
    }

    public PyTorchDType DType { get; }

    public int[] Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Where the elements are in the archive.</summary>
    internal string StorageKey => storage.Key;

    /// <summary>The elements as float32, row-major; 64-bit integers and floats are rounded, true is 1.</summary>
    /// <exception cref="FileFormatException">The storage is missing, too short or damaged, or the type is none of numbers.</exception>
    public Tensor Read(string name)
    {
        byte[] bytes = Count == 0 ? [] : archive.ReadStorage(storage); // first: it proves the sizes before memory is taken
        float[] values = new float[Count];
        if (Count == 0)
        {
            return new Tensor(name, Shape, values);
        }
        switch (DType)
        {
            case PyTorchDType.Float32: Gather<float>(bytes, values, static (from, to) => from.CopyTo(to)); break;
            case PyTorchDType.Float16: Gather<Half>(bytes, values, static (from, to) => TensorPrimitives.ConvertToSingle(from, to)); break;
            case PyTorchDType.BFloat16: Gather<ushort>(bytes, values, static (from, to) => Each(from, to, static v => BitConverter.UInt32BitsToSingle((uint)v << 16))); break;
            case PyTorchDType.Float64: Gather<double>(bytes, values, static (from, to) => Each(from, to, static v => (float)v)); break;
            case PyTorchDType.Int64: Gather<long>(bytes, values, static (from, to) => Each(from, to, static v => v)); break;
            case PyTorchDType.Int32: Gather<int>(bytes, values, static (from, to) => Each(from, to, static v => v)); break;
            case PyTorchDType.Int16: Gather<short>(bytes, values, static (from, to) => Each(from, to, static v => v)); break;
            case PyTorchDType.Int8: Gather<sbyte>(bytes, values, static (from, to) => Each(from, to, static v => v)); break;
            case PyTorchDType.UInt8: Gather<byte>(bytes, values, static (from, to) => Each(from, to, static v => v)); break;
            case PyTorchDType.Bool: Gather<byte>(bytes, values, static (from, to) => Each(from, to, static v => v == 0 ? 0 : 1)); break;
            default: throw archive.Bad(0, $"numbers in tensor '{name}'", "a complex or quantised type", "Convert the tensor in PyTorch and save again.");
        }
        return new Tensor(name, Shape, values);
    }

    internal static int SizeOf(PyTorchDType dtype) => dtype switch
    {
        PyTorchDType.Float64 or PyTorchDType.Int64 => 8,
        PyTorchDType.Float32 or PyTorchDType.Int32 => 4,
        PyTorchDType.Float16 or PyTorchDType.BFloat16 or PyTorchDType.Int16 => 2,
        _ => 1,
    };

    private delegate void Convert<T>(ReadOnlySpan<T> from, Span<float> to);

    private static void Each<T>(ReadOnlySpan<T> from, Span<float> to, Func<T, float> convert)
    {
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = convert(from[i]);
        }
    }

    /// <summary>Every index of the view must lie in the storage, and the view must not be much larger than it.</summary>
    private static (int[] Shape, long Count) Check(PyTorchStorage storage, long offset, long[] sizes, long[] strides)
    {
        Int128 count = 1;
        Int128 last = offset;
        if (sizes.Length != strides.Length || offset < 0)
        {
            throw new FormatException($"{sizes.Length} sizes, {strides.Length} strides and offset {offset}");
        }
        bool empty = Array.Exists(sizes, size => size == 0);
        for (int d = 0; d < sizes.Length; d++)
        {
            if (sizes[d] < 0 || sizes[d] > int.MaxValue || strides[d] < 0)
            {
                throw new FormatException($"size {sizes[d]} with stride {strides[d]}");
            }
            count = empty ? 0 : count * sizes[d];
            last += empty ? 0 : (Int128)(sizes[d] - 1) * strides[d];
            if (count > Math.Max(storage.Count, MaxExpanded) || count > Array.MaxLength)
            {
                throw new FormatException($"a view of {string.Join(" x ", sizes)} elements of a storage of {storage.Count}");
            }
        }
        return empty || last < storage.Count
            ? ([.. sizes.Select(size => (int)size)], (long)count)
            : throw new FormatException($"a view up to element {last} of a storage of {storage.Count}");
    }

    // The innermost dimension is converted at once where its elements are neighbours.
    private void Gather<T>(byte[] bytes, Span<float> values, Convert<T> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(bytes);
        int run = 1;
        int outer = Shape.Length;
        while (outer > 0 && (Shape[outer - 1] == 1 || strides[outer - 1] == run))
        {
            run *= Shape[--outer];
        }
        int[] index = new int[outer];
        long at = offset;
        for (int done = 0; done < values.Length; done += run)
        {
            convert(elements.Slice(checked((int)at), run), values.Slice(done, run));
            for (int d = outer - 1; d >= 0; d--)
            {
                at += strides[d];
                if (++index[d] < Shape[d])
                {
                    break;
                }
                at -= strides[d] * Shape[d];
                index[d] = 0;
            }
        }
    }
}
