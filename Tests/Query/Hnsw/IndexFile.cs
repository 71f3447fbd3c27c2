using System.Buffers.Binary;
using SoundSearch.Benchmarks;
using SoundSearch.Query.Hnsw;

namespace SoundSearch.Tests.Query.Hnsw;

/// <summary>A file of an index that goes away with the test, and what tests do with one.</summary>
internal sealed class IndexFile : IDisposable
{
    public const string Model = "model-a";

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"hnsw-{Guid.NewGuid():N}.ann");

    /// <summary>Clustered data, smaller than the benchmark's: more of its clusters' members are in reach of one search.</summary>
    public static HnswData Data(int dimensions, int seed = 1) => new(dimensions, clusters: 80, intrinsic: 16, seed: seed);

    /// <summary>A builder with all rows added under keys of ten times their place.</summary>
    public static HnswBuilder Fill(ReadOnlySpan<float> vectors, int dimensions, HnswOptions? options = null)
    {
        var builder = new HnswBuilder(dimensions, options);
        Add(builder, vectors, dimensions);
        return builder;
    }

    public static void Add(HnswBuilder builder, ReadOnlySpan<float> vectors, int dimensions)
    {
        for (int at = 0; at < vectors.Length; at += dimensions)
        {
            builder.Add(10L * builder.Count, vectors.Slice(at, dimensions));
        }
    }

    public HnswIndex Save(HnswBuilder builder, long generation = 1)
    {
        builder.Save(Path, generation, Model);
        return Open(generation);
    }

    public HnswIndex Open(long generation = 1)
    {
        Assert.That(HnswIndex.TryOpen(Path, generation, Model, out HnswIndex? index, out string reason), Is.True, reason);
        return index!;
    }

    /// <summary>Why it cannot be opened.</summary>
    public string Refusal(long? generation = 1, string? model = Model, bool verifyVectors = true)
    {
        bool opened = HnswIndex.TryOpen(Path, generation, model, out HnswIndex? index, out string reason, verifyVectors);
        index?.Dispose();
        Assert.That(opened, Is.False);
        return reason;
    }

    /// <summary>A filter that lets a share through.</summary>
    public static ulong[] Allow(HnswIndex index, double share, int seed)
    {
        var random = new Random(seed);
        ulong[] allowed = new ulong[index.FilterLength];
        for (int i = 0; i < index.Count; i++)
        {
            allowed[i >> 6] |= random.NextDouble() < share ? 1UL << (i & 63) : 0;
        }
        return allowed;
    }

    /// <summary>Makes all checksums right again, where the header still says where the sections are.</summary>
    public static byte[] Seal(byte[] bytes)
    {
        if (bytes.Length < HnswFormat.HeaderBytes)
        {
            return bytes;
        }
        SealHeader(bytes);
        if (HnswHeader.Read(bytes, bytes.Length, out HnswHeader header) is null)
        {
            long[] starts = new long[HnswFormat.Sections + 1];
            starts[^1] = HnswFormat.SectionStarts(header, starts);
            for (int s = 0; s < HnswFormat.Sections; s++)
            {
                uint crc = Crc32C.Of(bytes.AsSpan((int)starts[s]..(int)starts[s + 1]));
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(HnswFormat.SectionChecksOffset + (4 * s)), crc);
            }
            SealHeader(bytes);
        }
        return bytes;
    }

    public static void SealHeader(byte[] bytes) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(HnswFormat.HeaderCheckOffset), Crc32C.Of(bytes.AsSpan(0, HnswFormat.HeaderCheckOffset)));

    public void Dispose() => File.Delete(Path);
}
