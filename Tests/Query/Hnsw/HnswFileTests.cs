using System.Buffers.Binary;
using SoundSearch.Query.Hnsw;

namespace SoundSearch.Tests.Query.Hnsw;

/// <summary>A damaged cache costs its rebuilding and nothing else.</summary>
internal sealed class HnswFileTests
{
    private const int Dimensions = 24;
    private const int Count = 300;

    private IndexFile file = null!;
    private byte[] good = null!;
    private float[] query = null!;

    [SetUp]
    public void Write()
    {
        (float[] vectors, _) = IndexFile.Data(Dimensions).Draw(Count);
        vectors.AsSpan(0, Dimensions).CopyTo(vectors.AsSpan(9 * Dimensions));
        vectors.AsSpan(0, Dimensions).CopyTo(vectors.AsSpan(99 * Dimensions));
        query = vectors[..Dimensions];
        file = new IndexFile();
        using HnswBuilder builder = IndexFile.Fill(vectors, Dimensions, new HnswOptions { M = 4, EfConstruction = 40 });
        builder.Remove(50);
        builder.Save(file.Path, 1, IndexFile.Model);
        good = File.ReadAllBytes(file.Path);
    }

    [TearDown]
    public void Delete() => file.Dispose();

    [Test]
    public void Missing_stale_and_foreign_files_say_so()
    {
        Assert.That(file.Refusal(generation: 2), Does.StartWith("stale").And.Contain("generation 1"));
        Assert.That(file.Refusal(model: "model-b"), Does.StartWith("other model"));
        File.Delete(file.Path);
        Assert.That(file.Refusal(), Does.StartWith("missing"));
        Assert.That(HnswIndex.TryOpen(Path.Combine(file.Path, "below", "x.ann"), 1, null, out _, out string reason), Is.False);
        Assert.That(reason, Does.StartWith("missing").Or.StartWith("unreadable"));
        Assert.That(HnswIndex.TryOpen(Path.GetTempPath(), 1, null, out _, out reason), Is.False, "a folder");
        Assert.That(reason, Does.StartWith("unreadable"));
    }

    [Test]
    public void Literal_bytes_are_no_index()
    {
        Assert.That(Refusal([]), Does.StartWith("truncated"));
        Assert.That(Refusal("SQLite format 3\0"u8.ToArray()), Does.StartWith("truncated"));
        Assert.That(Refusal(new byte[4096]), Does.StartWith("no index"));
        byte[] textMode = [.. good[..6], 0x0A, .. good[8..], 0];
        Assert.That(Refusal(textMode), Does.StartWith("no index"), "a copy that changed line ends");
        Assert.That(Refusal(With(8, 2)), Does.StartWith("wrong version"));
        Assert.That(Refusal(With(12, 2)), Does.StartWith("wrong version"), "a newer format is refused before its checksum");
        Assert.That(Refusal(With(60, 299, seal: false)), Does.StartWith("wrong checksum"));
    }

    [TestCase(56, 0), TestCase(56, -24), TestCase(56, int.MaxValue), TestCase(60, -1), TestCase(60, int.MaxValue), TestCase(60, 301)]
    [TestCase(64, 0), TestCase(64, int.MaxValue), TestCase(68, 0), TestCase(72, -5), TestCase(76, 300), TestCase(76, -1), TestCase(80, 99)]
    [TestCase(80, -1), TestCase(84, -1), TestCase(84, int.MaxValue), TestCase(88, -1), TestCase(88, 300), TestCase(92, 301), TestCase(104, 256)]
    public void Sizes_that_cannot_be_are_refused_before_memory_is_taken(int offset, int value) =>
        Assert.That(Refusal(With(offset, value)), Does.StartWith("impossible sizes"));

    [Test]
    public void Truncation_and_growth_are_noticed_everywhere()
    {
        for (int length = 0; length < good.Length; length += length < 300 ? 1 : 61)
        {
            Assert.That(Refusal(good[..length]), Does.StartWith("truncated"), $"{length} bytes");
        }
        Assert.That(Refusal(good[..^1]), Does.StartWith("truncated"));
        Assert.That(Refusal([.. good, 0]), Does.StartWith("truncated"));
    }

    [Test]
    public void Ten_thousand_single_bit_flips_are_all_refused()
    {
        var random = new Random(42);
        using FileStream stream = File.Open(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        for (int i = 0; i < 10_000; i++)
        {
            int at = random.Next(i % 4 == 0 ? HnswFormat.HeaderBytes : good.Length);
            Put(stream, at, (byte)(good[at] ^ (1 << random.Next(8))));
            string reason = file.Refusal();
            if (reason.Length == 0)
            {
                Assert.Fail($"no reason for a flip in byte {at}");
            }
            Put(stream, at, good[at]);
        }
        file.Open().Dispose();
    }

    [Test]
    public void Without_the_vectors_checksums_damage_there_is_left_to_validate()
    {
        byte[] bytes = (byte[])good.Clone();
        bytes[^100] ^= 0x40;
        File.WriteAllBytes(file.Path, bytes);
        Assert.That(file.Refusal(), Does.StartWith("wrong checksum").And.Contain("'vectors'"));
        Assert.That(HnswIndex.TryOpen(file.Path, 1, IndexFile.Model, out HnswIndex? index, out _, verifyVectors: false), Is.True);
        using (index)
        {
            SearchAllWays(index!);
            Assert.That(index!.Validate().Problems, Has.Some.Contains("'vectors'"));
        }
    }

    [Test]
    public void A_save_that_fails_leaves_the_old_file_and_no_other()
    {
        using var builder = new HnswBuilder(Dimensions);
        string folder = file.Path + ".tmp"; // in the way of the temporary file
        Directory.CreateDirectory(folder);
        try
        {
            Assert.That(() => builder.Save(file.Path, 2, IndexFile.Model), Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
        }
        finally
        {
            Directory.Delete(folder);
        }
        file.Open().Dispose();
        Assert.That(File.ReadAllBytes(file.Path), Is.EqualTo(good));
    }

    [Test]
    public void An_open_index_outlives_the_replacement_of_its_file()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows does not replace mapped files; the library disposes the index first there.");
        }
        using HnswIndex old = file.Open();
        using (var builder = new HnswBuilder(Dimensions))
        {
            builder.Save(file.Path, 2, IndexFile.Model);
        }
        int[] places = new int[3];
        Assert.That(old.Search(query, 3, 0, places, new float[3], mode: HnswMode.Graph), Is.EqualTo(3));
        Assert.That(places, Is.EqualTo(new[] { 0, 9, 99 }));
        using HnswIndex now = file.Open(generation: 2);
        Assert.That(now.Count, Is.Zero);
    }

    private void SearchAllWays(HnswIndex index)
    {
        int[] places = new int[20];
        float[] scores = new float[20];
        float[] q = new float[index.Dimensions];
        query.AsSpan(0, Math.Min(q.Length, query.Length)).CopyTo(q);
        ulong[] half = IndexFile.Allow(index, 0.5, seed: 1);
        foreach (HnswMode mode in Enum.GetValues<HnswMode>())
        {
            int found = index.Search(q, 20, 30, places, scores, mode: mode);
            Assert.That(places[..found], Is.All.InRange(0, index.Count - 1));
            Assert.That(places[..found], Is.Unique);
            index.Search(q, 20, 30, places, scores, half, mode);
        }
    }

    private string Refusal(byte[] bytes)
    {
        File.WriteAllBytes(file.Path, bytes);
        return file.Refusal();
    }

    private byte[] With(int offset, int value, bool seal = true)
    {
        byte[] bytes = (byte[])good.Clone();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset), value);
        if (seal)
        {
            IndexFile.SealHeader(bytes);
        }
        return bytes;
    }

    private static void Put(FileStream stream, int at, byte value)
    {
        stream.Position = at;
        stream.WriteByte(value);
        stream.Flush();
    }
}
