using SoundSearch.Query.Hnsw;

namespace SoundSearch.Tests.Query.Hnsw;

/// <summary>A file of each version of the format stays here for ever.</summary>
internal sealed class HnswFixtureTests
{
    private const int Dimensions = 16;
    private const int Count = 200;
    private const string Name = "hnsw_v1.ann";

    [Test]
    public void Format_1_opens_and_answers()
    {
        Assert.That(HnswIndex.TryOpen(Goldens.Path(Name), 77, "fixture", out HnswIndex? index, out string reason), Is.True, reason);
        using (index)
        {
            Assert.That(index!.Validate().Problems, Is.Empty);
            Assert.That((index.Count, index.CopyCount, index.RemovedCount, index.KeyOf(199)), Is.EqualTo((Count, 2, 1, 398L)));
            int[] places = new int[3];
            float[] query = [.. Vector(12).Select(v => (float)v)];
            Assert.That(index.Search(query, 3, 0, places, new float[3], mode: HnswMode.Graph), Is.EqualTo(3));
            Assert.That(places[..2], Is.EqualTo(new[] { 12, 150 }), "the vector and its copy; another copy was removed");
        }
    }

    /// <summary>CI runs this at every instruction set level: the graph depends on integers and single roundings only.</summary>
    [Test]
    public void A_build_gives_the_same_bytes_on_every_machine()
    {
        using var file = new IndexFile();
        Save(file.Path);
        Assert.That(File.ReadAllBytes(file.Path), Is.EqualTo(File.ReadAllBytes(Goldens.Path(Name))));
    }

    [Test]
    [Explicit("Writes the fixture of a new version; those of old versions are never written again.")]
    public void Write_the_fixture()
    {
        string path = Path.Combine(Path.GetTempPath(), Name);
        Save(path);
        TestContext.Out.WriteLine(path);
    }

    private static void Save(string path)
    {
        using var builder = new HnswBuilder(Dimensions, new HnswOptions { M = 4, EfConstruction = 40, EfSearch = 50 });
        for (int i = 0; i < Count; i++)
        {
            builder.Add(2L * i, Vector(i is 150 or 151 ? 12 : i));
        }
        builder.Remove(302);
        builder.Save(path, 77, "fixture");
    }

    /// <summary>From integers, by operations that IEEE 754 rounds the same everywhere.</summary>
    private static Half[] Vector(int i)
    {
        uint state = (uint)(i + 1) * 2654435761;
        double[] values = new double[Dimensions];
        double squares = 0;
        for (int d = 0; d < Dimensions; d++)
        {
            state = (state * 1664525) + 1013904223;
            values[d] = (int)state / 65536;
            squares += values[d] * values[d];
        }
        return [.. values.Select(v => (Half)(v / Math.Sqrt(squares)))];
    }
}
