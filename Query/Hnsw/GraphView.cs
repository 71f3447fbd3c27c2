using System.Runtime.CompilerServices;

namespace SoundSearch.Query.Hnsw;

/// <summary>
/// Where a graph lies in memory, for the builder (its own buffers) and the index (the mapped file) alike.
/// Whoever makes one answers for it that every link stays inside: the builder by construction, the index by checking at open.
/// </summary>
internal unsafe struct GraphView
{
    /// <summary>The level of a node that is a copy of another one and hangs on its chain instead of standing in the graph.</summary>
    public const byte CopyLevel = 255;

    /// <summary>Layers above 0 that a node can stand on. With M = 2 a node passes this once in 2^31.</summary>
    public const int MaxLevel = 31;

    public int Count;
    public int M;
    public int Stride;                  // bytes per row of codes
    public sbyte* Codes;                // [Count, Stride]
    public float* Scales;               // [Count]
    public byte* Levels;                // [Count]
    public int* NextCopies;             // [Count], -1 at a chain's end
    public int* UpperStarts;            // [Count], index of the first upper list, -1 without
    public int* BaseLinks;              // [Count, 2 M], -1 after the last
    public int* UpperLinks;             // [lists, M], layers 1, 2, ... of a node side by side

    public readonly int MaxLinks(int layer) => layer == 0 ? 2 * M : M;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int* Links(int node, int layer) =>
        layer == 0 ? BaseLinks + ((long)node * 2 * M) : UpperLinks + ((UpperStarts[node] + (long)(layer - 1)) * M);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly sbyte* Row(int node) => Codes + ((long)node * Stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Similarity(sbyte* code, float scale, int node) =>
        VectorKernels.Dot(code, Row(node), Stride) * (scale * Scales[node]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Similarity(int a, int b) => Similarity(Row(a), Scales[a], b);
}
