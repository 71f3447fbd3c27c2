namespace SoundSearch.Query.Hnsw;

/// <summary>Looks at a mapped index as a whole: <see cref="HnswIndex.Validate"/>.</summary>
internal static unsafe class HnswValidator
{
    public static HnswReport Run(HnswMap map)
    {
        var problems = new List<string>();
        for (int s = 0; s < HnswFormat.Sections; s++)
        {
            if (map.CheckSection(s) is { } wrong)
            {
                problems.Add(wrong);
            }
        }
        GraphView graph = map.Graph;
        if (HnswChecker.Check(map) is { } damaged)
        {
            problems.Add(damaged); // and then nothing below may be walked
            return new HnswReport(problems, graph.Count - map.Header.Copies, map.Header.Copies, map.Header.Removed, 0, 0, 0, []);
        }
        int unreached = HnswRepair.CountUnreached(graph, map.Header.Entry);
        if (unreached > 0)
        {
            problems.Add($"unreached: no path leads to {unreached} nodes");
        }
        if (CheckContent(map) is { } content)
        {
            problems.Add(content);
        }
        int[] layers = new int[map.Header.TopLayer + 1];
        long links = 0;
        long oneWay = 0;
        for (int node = 0; node < graph.Count; node++)
        {
            if (graph.Levels[node] == GraphView.CopyLevel)
            {
                continue;
            }
            for (int layer = 0; layer <= graph.Levels[node]; layer++)
            {
                layers[layer]++;
            }
            foreach (int to in Held(graph, node))
            {
                links++;
                oneWay += Held(graph, to).Contains(node) ? 0 : 1;
            }
        }
        int nodes = graph.Count - map.Header.Copies;
        return new HnswReport(
            problems, nodes, map.Header.Copies, map.Header.Removed, unreached, (double)links / Math.Max(1, nodes), (double)oneWay / Math.Max(1, links), layers);
    }

    /// <summary>Codes must be those of the vectors, and copies must equal the node whose chain they hang on.</summary>
    private static string? CheckContent(HnswMap map)
    {
        GraphView graph = map.Graph;
        int dimensions = map.Header.Dimensions;
        float[] values = new float[dimensions];
        using var code = new NativeBuffer<sbyte>();
        code.Grow(graph.Stride);
        for (int node = 0; node < graph.Count; node++)
        {
            var vector = new ReadOnlySpan<Half>(map.Vectors + ((long)node * dimensions), dimensions);
            System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(vector, values);
            float scale = VectorKernels.Quantize(values, code.Pointer, graph.Stride);
            if (scale != graph.Scales[node] || !new ReadOnlySpan<sbyte>(code.Pointer, graph.Stride).SequenceEqual(new ReadOnlySpan<sbyte>(graph.Row(node), graph.Stride)))
            {
                return $"wrong codes: those of node {node} are not its vector's";
            }
            int next = graph.NextCopies[node];
            if (next >= 0
                && !new ReadOnlySpan<short>(map.Vectors + ((long)node * dimensions), dimensions)
                    .SequenceEqual(new ReadOnlySpan<short>(map.Vectors + ((long)next * dimensions), dimensions)))
            {
                return $"wrong copy: node {next} is on the chain of {node} and does not equal it";
            }
        }
        return null;
    }

    private static ReadOnlySpan<int> Held(in GraphView graph, int node)
    {
        var links = new ReadOnlySpan<int>(graph.Links(node, 0), graph.MaxLinks(0));
        int end = links.IndexOf(-1);
        return end < 0 ? links : links[..end];
    }
}
