using System.Numerics.Tensors;

namespace SoundSearch.Query.Hnsw;

/// <summary>The conditions that exact and approximate search put to their arguments.</summary>
internal static class QueryCheck
{
    /// <summary>Far below where the query times 2^112 (<see cref="VectorKernels.HalfBias"/>) leaves float32.</summary>
    private const float MaxSquares = 1e6f;

    public static void Query(ReadOnlySpan<float> query, int dimensions)
    {
        if (query.Length != dimensions)
        {
            throw new ArgumentException($"The query has {query.Length} dimensions, the vectors {dimensions}.", nameof(query));
        }
        if (!(TensorPrimitives.SumOfSquares(query) <= MaxSquares))
        {
            throw new ArgumentException("The query holds values that are not finite, or is longer than 1000; unit length is usual.", nameof(query));
        }
    }

    public static void Results(int k, ReadOnlySpan<int> places, ReadOnlySpan<float> scores)
    {
        if (places.Length < k || scores.Length < k)
        {
            throw new ArgumentException($"{k} results need as much room; there is room for {places.Length} places and {scores.Length} scores.");
        }
    }

    public static void Filter(ReadOnlySpan<ulong> allowed, int count)
    {
        if (!allowed.IsEmpty && allowed.Length < (count + 63) / 64)
        {
            throw new ArgumentException($"A filter over {count} vectors has {(count + 63) / 64} words, this one {allowed.Length}.", nameof(allowed));
        }
    }
}
