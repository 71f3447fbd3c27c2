namespace SoundSearch.Query.Exact;

/// <summary>Keeps the best k of many scored items; equal scores go to the lower id, so that results never depend on order.</summary>
/// <remarks>A heap with the worst kept item first.</remarks>
public sealed class TopFiles(int k)
{
    private readonly (float Score, long Id)[] heap = new (float Score, long Id)[k];

    /// <summary>Items kept so far.</summary>
    public int Count { get; private set; }

    public void Add(float score, long id)
    {
        if (Count < heap.Length)
        {
            heap[Count] = (score, id);
            Up(Count++);
        }
        else if (heap.Length > 0 && IsWorse(heap[0], (score, id)))
        {
            heap[0] = (score, id);
            Down(0, Count);
        }
    }

    /// <summary>Empties the heap: best first.</summary>
    public (float Score, long Id)[] Take()
    {
        var sorted = new (float Score, long Id)[Count];
        for (int i = Count - 1; i >= 0; i--)
        {
            sorted[i] = heap[0];
            heap[0] = heap[i];
            Down(0, i);
        }
        Count = 0;
        return sorted;
    }

    private static bool IsWorse((float Score, long Id) a, (float Score, long Id) b) =>
        a.Score < b.Score || (a.Score == b.Score && a.Id > b.Id);

    private void Up(int at)
    {
        while (at > 0 && IsWorse(heap[at], heap[(at - 1) / 2]))
        {
            (heap[at], heap[(at - 1) / 2]) = (heap[(at - 1) / 2], heap[at]);
            at = (at - 1) / 2;
        }
    }

    private void Down(int at, int count)
    {
        while (2 * at + 1 < count)
        {
            int child = 2 * at + 1;
            if (child + 1 < count && IsWorse(heap[child + 1], heap[child]))
            {
                child++;
            }
            if (!IsWorse(heap[child], heap[at]))
            {
                return;
            }
            (heap[at], heap[child]) = (heap[child], heap[at]);
            at = child;
        }
    }
}
