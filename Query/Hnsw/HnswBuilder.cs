using System.Numerics.Tensors;

namespace SoundSearch.Query.Hnsw;

/// <summary>
/// Builds the graph in memory and writes the file that <see cref="HnswIndex"/> maps. Add vectors, <see cref="Build"/>,
/// <see cref="Save"/>; adding more and building again continues the graph.
/// The file depends only on the options, the order of the vectors and the calls of <see cref="Build"/> between them,
/// not on threads, machine or instruction set. Not safe for several threads at once; <see cref="Build"/> uses its own.
/// </summary>
/// <remarks>
/// Memory: dimensions x 3 bytes + M x 8 + 30 bytes per vector, 1.7 KB at 512 dimensions and M = 16.
/// Deviations from the paper are listed in <see cref="HnswFormat"/>.
/// </remarks>
public sealed unsafe class HnswBuilder : IDisposable
{
    private const float LengthTolerance = 0.01f;

    private readonly HnswStorage storage;
    private readonly Half[] halves;
    private readonly float[] floats;

    public HnswBuilder(int dimensions, HnswOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, HnswOptions.MaxDimensions);
        options ??= new HnswOptions();
        options.Check();
        storage = new HnswStorage(dimensions, options);
        halves = new Half[dimensions];
        floats = new float[dimensions];
    }

    /// <summary>Vectors added, removed ones included.</summary>
    public int Count => storage.Count;

    public int RemovedCount => storage.RemovedCount;

    /// <summary>The highest key, or null when empty: the next one must be greater.</summary>
    public long? LastKey => Count == 0 ? null : storage.Keys.Pointer[Count - 1];

    /// <summary>
    /// Continues an index: its graph and vectors are copied, so the index may be disposed and its file replaced.
    /// The index's M and seed stay; ef values can be given anew.
    /// </summary>
    public static HnswBuilder Append(HnswIndex index, int? efConstruction = null, int? efSearch = null)
    {
        HnswOptions options = index.Options with
        {
            EfConstruction = efConstruction ?? index.Options.EfConstruction,
            EfSearch = efSearch ?? index.Options.EfSearch,
        };
        var builder = new HnswBuilder(index.Dimensions, options);
        index.CopyTo(builder.storage);
        return builder;
    }

    /// <summary>Adds a vector of unit length, in the half precision in which the library stores it.</summary>
    /// <param name="key">The caller's number for it (a row id), greater than all keys before.</param>
    /// <param name="vector">[dimensions], of length 1 within a hundredth.</param>
    /// <exception cref="ArgumentException">A key out of order, another number of dimensions, or a vector that is not of unit length.</exception>
    public void Add(long key, ReadOnlySpan<Half> vector)
    {
        CheckShape(key, vector.Length);
        TensorPrimitives.ConvertToSingle(vector, floats);
        CheckLength(key);
        storage.Add(key, vector, floats);
    }

    /// <summary>Adds a vector of unit length; it is rounded to half precision.</summary>
    /// <inheritdoc cref="Add(long, ReadOnlySpan{Half})"/>
    public void Add(long key, ReadOnlySpan<float> vector)
    {
        CheckShape(key, vector.Length);
        TensorPrimitives.ConvertToHalf(vector, halves);
        TensorPrimitives.ConvertToSingle(halves, floats);
        CheckLength(key);
        storage.Add(key, halves, floats);
    }

    /// <summary>
    /// Marks a vector as removed: searches pass through it and no longer return it. It keeps its place until the index is
    /// built anew, which pays when a fifth or so is removed. False when there is no such key.
    /// </summary>
    public bool Remove(long key) => storage.Remove(key);

    /// <summary>Links all vectors added since the last call.</summary>
    /// <param name="threads">Threads to use, 0 for one per processor. The result does not depend on it.</param>
    /// <param name="progress">Receives the number of vectors done, after each batch.</param>
    /// <param name="cancellation">Stops between two batches; a later call goes on from there.</param>
    public void Build(int threads = 0, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        bool changed = storage.Linked < storage.Count;
        new HnswLinker(storage, threads == 0 ? Environment.ProcessorCount : threads).Run(progress, cancellation);
        if (changed)
        {
            HnswRepair.Connect(storage);
        }
    }

    /// <summary>Builds what is not built yet and writes the file: a temporary one beside it, flushed to disk, then renamed over it.</summary>
    /// <param name="path">The file. Indexes that have the old one open keep it (on Windows dispose them first).</param>
    /// <param name="generation">The state of the library that this index was derived from.</param>
    /// <param name="fingerprint">The fingerprint of the model that made the vectors.</param>
    /// <exception cref="IOException">The file cannot be written; the old one, if any, is unharmed.</exception>
    public void Save(string path, long generation, string fingerprint)
    {
        Build();
        HnswWriter.Write(storage, path, generation, fingerprint);
    }

    public void Dispose() => storage.Dispose();

    private void CheckShape(long key, int length)
    {
        if (length != storage.Dimensions)
        {
            throw new ArgumentException($"The vector with key {key} has {length} dimensions, the index {storage.Dimensions}.", nameof(length));
        }
        if (LastKey is { } last && key <= last)
        {
            throw new ArgumentException($"Key {key} comes after {last}: keys must ascend. Build the index anew.", nameof(key));
        }
    }

    private void CheckLength(long key)
    {
        float length = MathF.Sqrt(TensorPrimitives.SumOfSquares<float>(floats));
        if (!(Math.Abs(length - 1) <= LengthTolerance)) // also not a number
        {
            throw new ArgumentException($"The vector with key {key} has length {length}; 1 was expected. Normalise it, or leave it out.", nameof(key));
        }
    }
}
