using System.Numerics.Tensors;
using System.Runtime.ExceptionServices;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Run;

/// <summary>
/// A fixed number of workers, each with a thread of its own, for data-parallel training: every shard fills its own buffers and
/// gradients, and <see cref="Sum"/> adds them in a fixed order. The number of shards belongs to the recipe, not to the machine:
/// the same shards on one core or sixteen give the same bits.
/// </summary>
public sealed class Shards : IDisposable
{
    private readonly Thread[] threads;
    private readonly SemaphoreSlim[] start;
    private readonly CountdownEvent done;
    private readonly Exception?[] failures;
    private Action<int>? body;
    private bool stopping;

    public Shards(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        done = new CountdownEvent(count);
        failures = new Exception?[count];
        start = [.. Enumerable.Range(0, count).Select(_ => new SemaphoreSlim(0))];
        threads = [.. Enumerable.Range(0, count).Select(shard => new Thread(() => Work(shard)) { IsBackground = true, Name = $"shard {shard}" })];
        Array.ForEach(threads, t => t.Start());
    }

    public int Count { get; }

    /// <summary>Runs body(0) .. body(Count - 1) at the same time and waits for all; the first failing shard's exception is thrown on.</summary>
    public void Run(Action<int> body)
    {
        ObjectDisposedException.ThrowIf(stopping, this);
        this.body = body;
        Array.Clear(failures);
        done.Reset();
        foreach (SemaphoreSlim s in start)
        {
            s.Release();
        }
        done.Wait();
        if (failures.FirstOrDefault(e => e is not null) is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>sets[0] += sets[1] + sets[2] ..., in that order for every element; the elements are shared out among the shards.</summary>
    public void Sum(IReadOnlyList<ParameterSet> sets)
    {
        int length = sets[0].Values.Length, part = (length + Count - 1) / Count;
        Run(shard =>
        {
            int from = Math.Min(shard * part, length), count = Math.Min(part, length - from);
            Span<float> total = sets[0].Values.Slice(from, count);
            for (int s = 1; s < sets.Count; s++)
            {
                TensorPrimitives.Add(total, sets[s].Values.Slice(from, count), total);
            }
        });
    }

    public void Dispose()
    {
        if (stopping)
        {
            return;
        }
        stopping = true;
        foreach (SemaphoreSlim s in start)
        {
            s.Release();
        }
        Array.ForEach(threads, t => t.Join());
        Array.ForEach(start, s => s.Dispose());
        done.Dispose();
    }

    private void Work(int shard)
    {
        while (true)
        {
            start[shard].Wait();
            if (stopping)
            {
                return;
            }
            try
            {
                body!(shard);
            }
            catch (Exception e)
            {
                failures[shard] = e; // handed to the caller of Run
            }
            done.Signal();
        }
    }
}
