namespace SoundSearch.Query.Hnsw;

/// <summary>
/// What one search needs while it runs, kept for the next: visit stamps, heaps and the query's codes. One thread at a time.
/// </summary>
internal sealed class Scratch : IDisposable
{
    private ushort[] stamps = [];
    private ushort epoch;
    private ulong[] candidates = new ulong[1024];

    public NativeBuffer<sbyte> Code { get; } = new();

    public NativeBuffer<float> BiasedQuery { get; } = new();

    /// <summary>A heap with the least in front while searching; from best to worst afterwards.</summary>
    public ulong[] Results { get; private set; } = [];

    public int ResultCount;

    /// <summary>Nodes of the current step that were not seen before.</summary>
    public int[] Fresh { get; private set; } = [];

    /// <summary>The answer under way, by exact score: a heap like <see cref="Results"/>.</summary>
    public ulong[] Top { get; private set; } = [];

    public int TopCount;

    public int CandidateCount { get; private set; }

    public ushort[] Stamps => stamps;

    public ushort Epoch => epoch;

    /// <summary>Forgets the last search. Stamps are cleared only when their 65,535 epochs are used up.</summary>
    public void Begin(int nodes, int ef, int links)
    {
        if (stamps.Length < nodes)
        {
            stamps = new ushort[nodes];
            epoch = 0;
        }
        if (epoch == ushort.MaxValue)
        {
            Array.Clear(stamps);
            epoch = 0;
        }
        epoch++;
        if (Results.Length < ef)
        {
            Results = new ulong[ef];
        }
        if (Fresh.Length < links)
        {
            Fresh = new int[links];
        }
        CandidateCount = ResultCount = 0;
    }

    public void BeginTop(int k)
    {
        if (Top.Length < k)
        {
            Top = new ulong[k];
        }
        TopCount = 0;
    }

    /// <summary>Candidates are a heap with the greatest in front.</summary>
    public void PushCandidate(ulong key)
    {
        if (CandidateCount == candidates.Length)
        {
            Array.Resize(ref candidates, candidates.Length * 2);
        }
        ulong[] heap = candidates;
        int i = CandidateCount++;
        while (i > 0 && heap[(i - 1) / 2] < key)
        {
            heap[i] = heap[(i - 1) / 2];
            i = (i - 1) / 2;
        }
        heap[i] = key;
    }

    public ulong PopCandidate()
    {
        ulong[] heap = candidates;
        ulong best = heap[0];
        int count = --CandidateCount;
        ulong last = heap[count];
        int i = 0;
        while (true)
        {
            int child = (2 * i) + 1;
            if (child >= count)
            {
                break;
            }
            if (child + 1 < count && heap[child + 1] > heap[child])
            {
                child++;
            }
            if (heap[child] <= last)
            {
                break;
            }
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = last;
        return best;
    }

    public void KeepResult(ulong key, int ef) => Ranked.Keep(Results, ref ResultCount, ef, key);

    public void Dispose()
    {
        Code.Dispose();
        BiasedQuery.Dispose();
    }
}
