using SoundSearch.Indexer;
using SoundSearch.Tests.Indexer;

namespace SoundSearch.Tests;

/// <summary>What the test assembly does when it is run as a program: work for a test that kills it.</summary>
internal static class ChildProgram
{
    public const string IndexSlowly = "index-slowly";
    public const string Progressed = "progressed";

    public static int Main(string[] arguments)
    {
        if (arguments is not [IndexSlowly, string sounds, string library])
        {
            return 2;
        }
        LibraryIndexer.Run(new IndexOptions
        {
            Folders = [sounds],
            LibraryDirectory = library,
            Model = new IndexModel(new SlowEncoder(TimeSpan.FromMilliseconds(200)), "bands", BandEncoder.Fingerprint),
            Threads = 1,
            BatchWindows = 1,
            CommitFiles = 1,
        }, new Printer());
        return 0;
    }

    private sealed class Printer : IProgress<IndexProgress>
    {
        private int last;

        public void Report(IndexProgress value)
        {
            if (value.Done > last)
            {
                last = value.Done;
                Console.WriteLine(Progressed);
            }
        }
    }
}
