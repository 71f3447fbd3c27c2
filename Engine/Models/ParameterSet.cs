using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>
/// All parameters of a tower in one allocation, as named slices in a fixed order. Gradients, moments and averaged
/// weights are further sets of the same layout (<see cref="ZerosLike"/>), so that they can be walked side by side.
/// </summary>
public sealed class ParameterSet
{
    private readonly Dictionary<string, int> places;
    private readonly float[] values;
    private readonly Tensor[] tensors;
    private readonly SafetensorsFile? file; // of what is deferred
    private readonly string prefix = "";

    /// <summary>A set of zeros.</summary>
    /// <exception cref="ArgumentException">A name occurs twice, or there are more than 2^31 values.</exception>
    public ParameterSet(IReadOnlyList<ParameterShape> layout)
        : this(layout, null, "")
    {
    }

    private ParameterSet(IReadOnlyList<ParameterShape> layout, SafetensorsFile? file, string prefix)
    {
        (places, this.file, this.prefix) = ([], file, prefix);
        long total = 0;
        foreach (ParameterShape p in layout)
        {
            if (!places.TryAdd(p.Name, places.Count))
            {
                throw new ArgumentException($"The parameter '{p.Name}' occurs twice.", nameof(layout));
            }
            total += Here(p);
        }
        if (total > Array.MaxLength)
        {
            throw new ArgumentException($"{total} parameters are more than the {Array.MaxLength} that fit into one allocation.", nameof(layout));
        }
        values = new float[total];
        var tensors = new Tensor[layout.Count];
        int offset = 0;
        for (int i = 0; i < tensors.Length; i++)
        {
            int count = Here(layout[i]);
            tensors[i] = new Tensor(layout[i].Name, layout[i].Shape, values.AsMemory(offset, count));
            offset += count;
        }
        (Layout, this.tensors) = (layout, tensors);

        int Here(ParameterShape p) => file is not null && p.Deferred ? 0 : p.Count;
    }

    private ParameterSet(ParameterSet other) =>
        (Layout, places, values, tensors, file, prefix) = (other.Layout, other.places, other.values, other.tensors, other.file, other.prefix);

    public IReadOnlyList<ParameterShape> Layout { get; }

    /// <summary>How products with these weights are computed.</summary>
    public EncoderOptions Options { get; init; } = EncoderOptions.Default;

    /// <summary>The slices, in the order of <see cref="Layout"/>.</summary>
    /// <exception cref="InvalidOperationException">The set was loaded for inference and does not hold them all.</exception>
    public IReadOnlyList<Tensor> Tensors => IsForInference ? throw NotWhole() : tensors;

    /// <summary>Every value of every parameter, in order.</summary>
    /// <exception cref="InvalidOperationException">The set was loaded for inference and does not hold them all.</exception>
    public Span<float> Values => IsForInference ? throw NotWhole() : values;

    /// <summary>Fills a set from tensors by name.</summary>
    /// <param name="layout">What is needed.</param>
    /// <param name="source">The tensor of that name, or null.</param>
    /// <param name="where">Path of the source, for messages.</param>
    /// <exception cref="FileFormatException">A tensor is missing or has another shape.</exception>
    public static ParameterSet Load(IReadOnlyList<ParameterShape> layout, Func<string, Tensor?> source, string where) =>
        Load(layout, p => Checked(p, source(p.Name), where));

    /// <summary>Fills a set from tensors that are checked already.</summary>
    internal static ParameterSet Load(IReadOnlyList<ParameterShape> layout, Func<ParameterShape, Tensor> source)
    {
        // Everything is checked before memory is taken for the whole.
        Tensor[] found = [.. layout.Select(source)];
        var set = new ParameterSet(layout);
        for (int i = 0; i < found.Length; i++)
        {
            found[i].Span.CopyTo(set.Tensors[i].Span);
        }
        return set;
    }

    /// <summary>Fills a set from a safetensors file whose names begin with <paramref name="prefix"/>.</summary>
    /// <exception cref="FileFormatException">A tensor is missing or has another shape.</exception>
    public static ParameterSet Load(IReadOnlyList<ParameterShape> layout, SafetensorsFile file, string prefix = "", EncoderOptions? options = null)
    {
        Check(layout, file, prefix);
        var set = new ParameterSet(layout) { Options = options ?? EncoderOptions.Default };
        foreach (Tensor tensor in set.Tensors)
        {
            file.Read(prefix + tensor.Name, tensor.Span);
        }
        return set;
    }

    /// <summary>
    /// The same for towers that only infer: the large matrices stay in the file, and towers take them from there in their own
    /// form while they are made, the linear layers packed, the token table as it is stored. Halves the memory and most of the
    /// time to a first result.
    /// </summary>
    /// <exception cref="FileFormatException">A tensor is missing or has another shape.</exception>
    internal static ParameterSet LoadForInference(IReadOnlyList<ParameterShape> layout, SafetensorsFile file, string prefix, EncoderOptions options)
    {
        Check(layout, file, prefix);
        var set = new ParameterSet(layout, file, prefix) { Options = options };
        foreach (Tensor tensor in set.tensors.Where(t => !set.IsDeferred(t.Name)))
        {
            file.Read(prefix + tensor.Name, tensor.Span);
        }
        return set;
    }

    /// <summary>Whether this was made by <see cref="LoadForInference"/>.</summary>
    internal bool IsForInference => file is not null;

    /// <summary>Whether a parameter was left in the file, so that <see cref="Get"/> gives nothing.</summary>
    internal bool IsDeferred(string name) => file is not null && Layout[places[name]].Deferred;

    /// <summary>A deferred parameter's values, read now.</summary>
    internal Memory<float> ReadDeferred(string name) => file!.Read(prefix + name).Data;

    /// <summary>The same, into the caller's memory.</summary>
    internal void ReadDeferred(string name, Span<float> values) => file!.Read(prefix + name, values);

    /// <summary>A deferred parameter as it is stored, if that is float16.</summary>
    internal Half[]? ReadDeferredHalves(string name) => file!.Entries[prefix + name].DType == "F16" ? file.ReadAs<Half>(prefix + name) : null;

    /// <summary>Checks names and shapes against the file's header alone, without reading a value.</summary>
    /// <exception cref="FileFormatException">A tensor is missing or has another shape.</exception>
    public static void Check(IReadOnlyList<ParameterShape> layout, SafetensorsFile file, string prefix = "")
    {
        foreach (ParameterShape p in layout)
        {
            Check(p with { Name = prefix + p.Name }, file.Entries.GetValueOrDefault(prefix + p.Name)?.Shape, file.Path);
        }
    }

    /// <summary>The parameter's values; the shape must be the expected one.</summary>
    /// <exception cref="ArgumentException">There is no such parameter, or it has another shape.</exception>
    public Memory<float> Get(string name, params int[] shape)
    {
        if (!places.TryGetValue(name, out int place))
        {
            throw new ArgumentException($"There is no parameter '{name}' [{string.Join(", ", shape)}] in this set of {places.Count}.", nameof(name));
        }
        Tensor tensor = tensors[place];
        return tensor.Shape.AsSpan().SequenceEqual(shape)
            ? tensor.Data
            : throw new ArgumentException($"The parameter '{name}' has shape [{string.Join(", ", tensor.Shape)}], not [{string.Join(", ", shape)}].", nameof(shape));
    }

    /// <summary>The same values in the same memory, for towers that multiply otherwise.</summary>
    public ParameterSet With(EncoderOptions options) => new(this) { Options = options };

    /// <summary>A set of the same layout, all zero: for gradients, moments, averages.</summary>
    public ParameterSet ZerosLike() => new(Layout);

    /// <summary>A copy.</summary>
    public ParameterSet Clone()
    {
        ParameterSet copy = ZerosLike();
        Values.CopyTo(copy.Values);
        return copy;
    }

    /// <summary>The trained parameters beside their gradients, in order: what an optimiser walks.</summary>
    /// <exception cref="ArgumentException">The layouts differ.</exception>
    public IEnumerable<(string Name, int[] Shape, Memory<float> Value, Memory<float> Gradient)> WithGradients(ParameterSet gradients)
    {
        if (gradients.Layout.Count != Layout.Count || gradients.values.Length != values.Length)
        {
            throw new ArgumentException("The gradients belong to another layout.", nameof(gradients));
        }
        return Enumerable.Range(0, Layout.Count).Where(i => Layout[i].Trained)
            .Select(i => (Layout[i].Name, Layout[i].Shape, Tensors[i].Data, gradients.Tensors[i].Data));
    }

    private static InvalidOperationException NotWhole() => new(
        "This tower's parameters were loaded for inference: its large matrices exist in packed form only. Load them with ParameterSet.Load.");

    private static Tensor Checked(ParameterShape expected, Tensor? found, string where)
    {
        Check(expected, found?.Shape, where);
        return found!;
    }

    private static void Check(ParameterShape expected, int[]? shape, string where)
    {
        if (shape is null || !shape.AsSpan().SequenceEqual(expected.Shape))
        {
            throw new FileFormatException(
                where, 0, $"a tensor {expected}", shape is null ? "none of that name" : $"the shape [{string.Join(", ", shape)}]",
                "The weights belong to another architecture than the one described: use the model.json that came with them.");
        }
    }
}
