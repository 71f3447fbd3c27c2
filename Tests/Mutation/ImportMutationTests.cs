using System.Text;
using SoundSearch.Indexer.Freesound;
using SoundSearch.Tests.Engine.Audio;

namespace SoundSearch.Tests.Mutation;

/// <summary>Dumps of vectors: a row is good, or says what is wrong with it, or the dump is refused.</summary>
[Category(MutationRun.Category)]
internal sealed class ImportMutationTests
{
    private const string Csv = "id,name,url,username,tags,duration,clap\n12,Dog,https://freesound.org/people/a/sounds/12/,a,\"dog, bark\",1.5,\"[0.1, -0.2, 1e-3]\"\n13,\"The \"\"loud\"\" one\",,b,,2,0.5 0.5 0.5\n";
    private const string Lines = "{\"id\":12,\"name\":\"Dog\",\"tags\":[\"dog\",\"bark\"],\"duration\":1.5,\"clap\":[0.1,-0.2,1e-3]}\n{\"id\":13,\"similarity_vectors\":{\"laion_clap\":[0.5,0.5,0.5]}}\n";
    private const string Whole = "{\"count\":2,\"results\":[{\"id\":12,\"name\":\"Dog\",\"embedding\":[0.1,-0.2,1e-3]},{\"id\":13,\"vector\":[0.5,0.5,0.5]}]}";

    [TestCase("freesound-csv", ".csv", Csv)]
    [TestCase("freesound-lines", ".jsonl", Lines)]
    [TestCase("freesound-json", ".json", Whole)]
    public void Damaged_dumps_do_no_harm(string name, string ending, string text)
    {
        byte[] good = Encoding.UTF8.GetBytes(text);
        new MutationRun(name, m => m.Text(good), (path, bytes) => Read(FreesoundImport.Open(path), bytes)) { Ending = ending, AllocationBase = 4 << 20 }.Run();
    }

    [Test]
    public void Damaged_matrices_do_no_harm()
    {
        using var ids = new TemporaryFile("12\n13\nhttps://freesound.org/people/a/sounds/14/\n"u8.ToArray(), ".ids");
        byte[] header = Encoding.ASCII.GetBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }".PadRight(117) + "\n"), numbers = new byte[48];
        new Random(1).NextBytes(numbers);
        new MutationRun("npy", m =>
        {
            byte[] text = m.OneIn(3) ? header : m.Text(header);
            byte[] file = [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, (byte)(text.Length >> 8), .. text, .. numbers];
            return ReferenceEquals(text, header) ? m.Bytes(file) : file;
        }, (path, bytes) => Read(FreesoundImport.Open(path, ids.Path), bytes))
        { Ending = ".npy", AllocationBase = 16 << 20 }.Run();
    }

    private static bool Read(ISoundRows opened, byte[] bytes)
    {
        using ISoundRows rows = opened;
        bool any = false;
        long numbers = 0;
        foreach (SoundRow row in rows.Rows())
        {
            MutationRun.Require(row.Sound is not null || row.Problem is { Length: > 0 }, "a sound or a problem");
            numbers += row.Sound?.Vector?.Length ?? 0;
            any |= row.Sound is not null;
        }
        MutationRun.Require(numbers <= bytes.Length, "numbers come from the file");
        return any;
    }
}
