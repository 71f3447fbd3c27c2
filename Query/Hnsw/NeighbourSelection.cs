namespace SoundSearch.Query.Hnsw;

/// <summary>Algorithm 4 of the paper: neighbours that lie in different directions, then the best of the rest.</summary>
internal static class NeighbourSelection
{
    /// <summary>
    /// Takes a candidate only when it is more similar to the base than to every neighbour taken before it, so that links
    /// leave a cluster instead of staying in it; free places go to the candidates passed over (keepPrunedConnections).
    /// </summary>
    /// <param name="graph">Where the vectors are.</param>
    /// <param name="candidates">Candidates ranked by similarity to the base, best first; overwritten.</param>
    /// <param name="chosen">Receives the neighbours; its length is the most that are taken.</param>
    /// <returns>How many were chosen.</returns>
    public static int Select(in GraphView graph, Span<ulong> candidates, Span<int> chosen)
    {
        int count = 0;
        int passedOver = 0;
        for (int i = 0; i < candidates.Length && count < chosen.Length; i++)
        {
            ulong candidate = candidates[i];
            int node = Ranked.Node(candidate);
            if (IsDiverse(graph, node, Ranked.Score(candidate), chosen[..count]))
            {
                chosen[count++] = node;
            }
            else
            {
                candidates[passedOver++] = candidate; // never ahead of i
            }
        }
        for (int i = 0; i < passedOver && count < chosen.Length; i++)
        {
            chosen[count++] = Ranked.Node(candidates[i]);
        }
        return count;
    }

    private static bool IsDiverse(in GraphView graph, int node, float similarity, ReadOnlySpan<int> chosen)
    {
        foreach (int other in chosen)
        {
            if (graph.Similarity(node, other) >= similarity)
            {
                return false;
            }
        }
        return true;
    }
}
