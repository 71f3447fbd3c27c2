namespace SoundSearch.Engine.Kernels;

/// <summary>
/// One product shared by several threads of the pool. The caller works too and never waits for a thread that has not
/// begun, so products started inside pool threads cannot lock each other out.
/// </summary>
internal sealed unsafe class GemmJob : IThreadPoolWorkItem
{
    private readonly VectorWidth width;
    private readonly bool vnni;
    private readonly GemmProblem problem;
    private readonly bool byColumns;
    private readonly int chunk;
    private readonly int chunks;
    private int claimed;
    private int finished;

    private GemmJob(VectorWidth width, bool vnni, in GemmProblem problem, int threads)
    {
        (this.width, this.vnni, this.problem) = (width, vnni, problem);
        int panel = problem.Bytes is null ? ManagedGemm.PanelWidth(width) : 2 * Int8Weights.Panel;
        byColumns = problem.N >= 2 * threads * panel;
        (int length, int unit) = byColumns ? (problem.N, panel) : (problem.M, 24);
        int units = (length + unit - 1) / unit;
        chunk = (units + threads - 1) / threads * unit;
        chunks = (length + chunk - 1) / chunk;
    }

    /// <summary>Allocates one small object per call with more than one thread, none otherwise.</summary>
    public static void Run(VectorWidth width, bool vnni, in GemmProblem problem, int threads)
    {
        // A thread takes some 10 us to start; below a few million operations that is the longer part.
        if (threads <= 1 || (double)problem.M * problem.N * problem.K < 1e6)
        {
            One(width, vnni, problem);
            return;
        }
        GemmJob job = new(width, vnni, problem, threads);
        for (int i = 1; i < job.chunks; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(job, preferLocal: false);
        }
        job.Execute();
        SpinWait spin = default;
        while (Volatile.Read(ref job.finished) < job.chunks)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Takes chunks until there are none; a thread that comes too late finds none and touches nothing.</summary>
    public void Execute()
    {
        for (int index = Interlocked.Increment(ref claimed) - 1; index < chunks; index = Interlocked.Increment(ref claimed) - 1)
        {
            int start = index * chunk, count = Math.Min(chunk, (byColumns ? problem.N : problem.M) - start);
            One(width, vnni, byColumns ? problem.SliceColumns(start, count) : problem.SliceRows(start, count));
            Interlocked.Increment(ref finished);
        }
    }

    private static void One(VectorWidth width, bool vnni, in GemmProblem problem)
    {
        if (problem.Bytes is null)
        {
            ManagedGemm.Run(width, problem);
        }
        else
        {
            Int8Gemm.Run(width, vnni, problem);
        }
    }
}
