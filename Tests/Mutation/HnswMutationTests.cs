using SoundSearch.Query.Hnsw;
using SoundSearch.Tests.Query.Hnsw;

namespace SoundSearch.Tests.Mutation;

/// <summary>The graph is walked where it lies in the file, so every link that a damaged one holds must be caught before.</summary>
[Category(MutationRun.Category)]
internal sealed class HnswMutationTests
{
    private const int Dimensions = 24;
    private const int Count = 300;
    private const int Found = 20;

    [TestCase(true)]
    [TestCase(false)]
    public void Damaged_graphs_do_no_harm(bool sealedAgain)
    {
        (float[] vectors, _) = IndexFile.Data(Dimensions).Draw(Count);
        vectors.AsSpan(0, Dimensions).CopyTo(vectors.AsSpan(9 * Dimensions));
        vectors.AsSpan(0, Dimensions).CopyTo(vectors.AsSpan(99 * Dimensions));
        using var file = new IndexFile();
        using (HnswBuilder builder = IndexFile.Fill(vectors, Dimensions, new HnswOptions { M = 4, EfConstruction = 40 }))
        {
            builder.Remove(50);
            builder.Save(file.Path, 1, IndexFile.Model);
        }
        byte[] good = File.ReadAllBytes(file.Path);
        new MutationRun(sealedAgain ? "hnsw" : "hnsw-checksums", m =>
        {
            byte[] bytes = m.OneIn(4) ? m.Bytes(good) : Renumber(m, [.. good]);
            return sealedAgain ? IndexFile.Seal(bytes) : bytes;
        }, (path, _) => sealedAgain ? ReadAll(path) : Open(path))
        { Ending = ".ann" }.Run();
    }

    /// <summary>Other numbers in the header, and where a search could be led outside: levels, chains and links.</summary>
    private static byte[] Renumber(Mutator m, byte[] bytes)
    {
        long[] starts = new long[HnswFormat.Sections];
        HnswHeader.Read(bytes, bytes.Length, out HnswHeader header);
        HnswFormat.SectionStarts(header, starts);
        for (int changes = m.Random.Next(1, 4); changes > 0; changes--)
        {
            int from = HnswFormat.GenerationOffset, to = HnswFormat.ZeroOffset;
            if (!m.OneIn(4))
            {
                int section = m.Random.Next(HnswFormat.Sections - 1);
                (from, to) = ((int)starts[section], (int)starts[section + 1]);
            }
            int at = m.Random.Next(from, to) & ~3;
            m.Number(bytes.AsSpan(at), m.OneIn(3) ? 1 : 4, bigEndian: false);
        }
        return bytes;
    }

    /// <summary>The checksums find all damage; once in a while, by a change that undoes another, there is none.</summary>
    private static bool Open(string path)
    {
        if (!HnswIndex.TryOpen(path, 1, IndexFile.Model, out HnswIndex? index, out string reason))
        {
            MutationRun.Require(reason.Length > 0, "a reason");
            return false;
        }
        using (index)
        {
            MutationRun.Require(index.Count == Count && index.Validate().IsSound, "what opens is whole");
        }
        return true;
    }

    private static bool ReadAll(string path)
    {
        if (!HnswIndex.TryOpen(path, null, null, out HnswIndex? index, out string reason))
        {
            MutationRun.Require(reason.Length > 0, "a reason");
            return false;
        }
        using (index)
        {
            int[] places = new int[Found];
            float[] scores = new float[Found], query = new float[index.Dimensions];
            query.AsSpan().Fill(0.2f);
            ulong[] half = IndexFile.Allow(index, 0.5, seed: 1);
            foreach (HnswMode mode in Enum.GetValues<HnswMode>())
            {
                for (int filtered = 0; filtered < 2; filtered++)
                {
                    int found = index.Search(query, Found, 30, places, scores, filtered == 0 ? default : half, mode);
                    places.AsSpan(0, found).Sort();
                    for (int i = 0; i < found; i++)
                    {
                        MutationRun.Require(places[i] >= (i == 0 ? 0 : places[i - 1] + 1) && places[i] < index.Count, "each answer once, and none from outside");
                    }
                }
            }
            for (int place = 0; place < index.Count; place++)
            {
                MutationRun.Require(index.PlaceOf(index.KeyOf(place)) == place, "keys ascend");
            }
            index.Validate();
        }
        return true;
    }
}
