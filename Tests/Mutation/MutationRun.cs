using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Mutation;

/// <summary>
/// Gives a reader many damaged files, one after the other under one name. Each must be read, or refused with one of the documented
/// exceptions that names the file, within a time and within memory in proportion to the file. A file that does harm is kept.
/// </summary>
/// <param name="name">Of the format, for messages and files.</param>
/// <param name="damage">Makes a damaged file.</param>
/// <param name="read">Reads everything that the file at the path offers; false when it was refused without an exception.</param>
internal sealed class MutationRun(string name, Func<Mutator, byte[]> damage, Func<string, byte[], bool> read)
{
    /// <summary>dotnet test --filter Category=Mutations runs nothing else.</summary>
    public const string Category = "Mutations";

    private const int DefaultCount = 2000;
    private const int Seed = 20261121;
    private const int StackBytes = 1 << 20; // as on Windows, less than Linux gives

    /// <summary>Far more than any file needs, for machines that are busy with other things.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(20);

    private volatile byte[] current = [];
    private long started = long.MaxValue;
    private int index;
    private int accepted;
    private long largest;
    private TimeSpan longest;

    /// <summary>Of the file's name; decides nothing.</summary>
    public string Ending { get; init; } = ".bin";

    /// <summary>Only one in so many of the usual number, where a file takes long.</summary>
    public int Slowness { get; init; } = 1;

    /// <summary>Bytes that reading may allocate whatever the file's size, garbage included.</summary>
    public long AllocationBase { get; init; } = 1 << 20;

    /// <summary>Bytes that reading may allocate per byte of the file, garbage included.</summary>
    public long AllocationPerByte { get; init; } = 64;

    /// <summary>What says that a file cannot be used.</summary>
    public Func<Exception, string, bool> IsRefusal { get; init; } = (e, path) => e is FileFormatException && e.Message.Contains(path, StringComparison.Ordinal);

    /// <summary>Files per format: $SOUNDSEARCH_MUTATIONS, else a few thousand.</summary>
    private static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable("SOUNDSEARCH_MUTATIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : DefaultCount;

    private string Folder { get; } = Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.WorkDirectory, "mutations")).FullName;

    public void Run()
    {
        int count = Math.Max(1, Count / Slowness);
        string path = Path.Combine(Folder, name + Ending);
        ExceptionDispatchInfo? failure = null;
        var clock = Stopwatch.StartNew();
        // A thread of its own: one that hangs cannot be ended, but it can be left behind and reported.
        var worker = new Thread(() => failure = Work(path, count), StackBytes) { IsBackground = true };
        worker.Start();
        while (!worker.Join(200))
        {
            if (Stopwatch.GetTimestamp() - Interlocked.Read(ref started) > patience.TotalSeconds * Stopwatch.Frequency)
            {
                Assert.Fail($"{name}, seed {Seed}, file {index}: not done after {patience.TotalSeconds} s. Kept as {Keep()}");
            }
        }
        if (failure is not null)
        {
            Assert.Fail($"{name}, seed {Seed}, file {index} of {current.Length} bytes: {failure.SourceException}\nKept as {Keep()}");
        }
        File.Delete(path);
        TestContext.Out.WriteLine(
            $"{name}: {count:N0} damaged files from seed {Seed} in {clock.Elapsed.TotalSeconds:F1} s: {accepted:N0} read, {count - accepted:N0} refused; at most {longest.TotalMilliseconds:F0} ms and {largest:N0} bytes allocated");
        Assert.That((accepted > 0, accepted < count), Is.EqualTo((true, true)), "some are read and some refused");
    }

    private ExceptionDispatchInfo? Work(string path, int count)
    {
        try
        {
            for (index = 0; index < count; index++)
            {
                current = damage(new Mutator(unchecked((Seed * 31) + (index * 7919))));
                File.WriteAllBytes(path, current); // where it is found again should the whole process end
                Interlocked.Exchange(ref started, Stopwatch.GetTimestamp());
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    accepted += read(path, current) ? 1 : 0;
                }
                catch (Exception e) when (IsRefusal(e, path))
                {
                    // as it should be
                }
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                long bound = AllocationBase + (AllocationPerByte * current.Length);
                TimeSpan time = Stopwatch.GetElapsedTime(Interlocked.Exchange(ref started, long.MaxValue));
                (largest, longest) = (Math.Max(largest, allocated), time > longest ? time : longest);
                Require(allocated <= bound, $"{allocated:N0} bytes allocated, {bound:N0} at most for {current.Length:N0} bytes");
            }
            return null;
        }
        catch (Exception e)
        {
            return ExceptionDispatchInfo.Capture(e);
        }
    }

    /// <summary>What holds for every file that is read. Cheaper than an assertion, and allocates nothing.</summary>
    public static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new InvalidOperationException(what);
        }
    }

    private string Keep()
    {
        string path = Path.Combine(Folder, $"{name}-{Seed}-{index}{Ending}");
        File.WriteAllBytes(path, current);
        return path;
    }
}
