using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Tests.Training.Pictures;
using SoundSearch.Training.Clips;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation.Datasets;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Mutation;

[Category(MutationRun.Category)]
internal sealed class TrainingMutationTests
{
    [Test]
    public void Damaged_checkpoints_do_no_harm()
    {
        string original = Path.Combine(Path.GetTempPath(), $"checkpoint-{Guid.NewGuid():n}");
        Checkpoint.Save(
            original,
            [new Tensor("w", [2, 3], new float[6]), new Tensor("b", [4], new float[] { 1, 2, 3, 4 }), new Tensor("s", [], new float[1])],
            new Dictionary<string, string> { ["step"] = "1200", ["random"] = "12 34", ["options"] = "a" });
        byte[] good = File.ReadAllBytes(original);
        File.Delete(original);
        int headerEnd = 8 + BinaryPrimitives.ReadInt32LittleEndian(good);
        byte[] header = good[8..headerEnd], data = good[headerEnd..];
        Tensor[] live = [new("w", [2, 3], new float[6]), new("b", [4], new float[4]), new("s", [], new float[1])];
        new MutationRun("checkpoint", m => m.OneIn(4) ? m.Bytes(good) : Reseal(m.Text(header), m.OneIn(4) ? m.Bytes(data) : data), (path, _) =>
        {
            using Checkpoint checkpoint = Checkpoint.Open(path);
            checkpoint.Restore(live);
            checkpoint.Number("step");
            checkpoint.Expect("options", "a");
            return checkpoint.Value("random").Length >= 0;
        })
        { Ending = ".safetensors" }.Run();
    }

    [Test]
    public void Damaged_mel_stores_do_no_harm()
    {
        using var folder = new TestFolder();
        new MelStoreBuilder(folder.Store).Build([folder.Sound("a", TestSounds.Noise(1500, 1)), folder.Sound("b", TestSounds.Noise(2500, 2), "dog"), folder.Sound("c", TestSounds.Noise(1400, 3))]);
        Damage("mel-store", ".mels", folder.Store, ReadStore);
    }

    [Test]
    public void Damaged_picture_stores_do_no_harm()
    {
        using var folder = new TestFolder();
        using (PictureStore store = TestPictures.Store(folder.Path, TestPictures.Info("a/dog", "dog"), TestPictures.Info("a/cat", "cat", "pet")))
        {
            Damage("picture-store", ".pics", store.Path, ReadPictures);
        }
    }

    /// <summary>Damages header, data and index; the index mostly under its right checksum.</summary>
    private static void Damage(string name, string ending, string goodPath, Func<string, byte[], bool> read)
    {
        byte[] good = File.ReadAllBytes(goodPath);
        int indexStart = (int)BinaryPrimitives.ReadInt64LittleEndian(good.AsSpan(16));
        byte[] data = good[..indexStart], index = good[indexStart..];
        new MutationRun(name, m =>
        {
            if (m.OneIn(4))
            {
                return m.Bytes(good);
            }
            byte[] text = m.Text(index);
            byte[] file = [.. data, .. text];
            BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(24), text.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(32), IndexedFileKind.Crc(text));
            if (m.OneIn(8))
            {
                m.Number(file.AsSpan(8 * m.Random.Next(1, 5)), 8, bigEndian: false);
            }
            return file;
        }, read)
        { Ending = ending }.Run();
    }

    [Test]
    public void Damaged_tables_do_no_harm()
    {
        byte[] good = Encoding.UTF8.GetBytes("filename,fold,target,category\n1-100032-A-0.wav,1,0,dog\r\n\"1-1, the \"\"loud\"\" one.wav\",2,14,chirping_birds\n\n1-17.wav,3,36,\"two\nlines\"\n");
        new MutationRun("csv", m => m.Text(good), (path, bytes) =>
        {
            CsvTable table = CsvTable.Read(path);
            table.Require("filename");
            for (int row = 0; row < table.Count; row++)
            {
                MutationRun.Require(table[row, "category"].Length <= bytes.Length && table[row, "no such"].Length == 0, "fields come from the file");
                MutationRun.Require(table.Line(row) > 1 && table.Line(row) <= bytes.Length + 1, "lines are those of the file");
            }
            return true;
        })
        { Ending = ".csv" }.Run();
    }

    [Test]
    public void Damaged_indexes_of_clips_do_no_harm()
    {
        using var folder = new TestFolder();
        foreach (string file in new[] { "a.mp4", "b.wav", "b1.png", "d/clip/x.wav", "d/frame/x.0.jpg" })
        {
            folder.Write(file, "");
        }
        byte[] good = Encoding.UTF8.GetBytes("{\"clip\": \"a.mp4\", \"labels\": [\"dog\"]}\n{\"clip\": \"b.wav\", \"frames\": [\"b1.png\"], \"labels\": \"cat\", \"captions\": [\"A cat\"]}\n\n{\"id\": \"x\", \"dir\": \"d\", \"clip\": [\"wav\"], \"frame\": [\"0.jpg\"], \"labels\": []}\n");
        new MutationRun("clips", m => m.Text(good), (path, _) =>
        {
            string index = Path.Combine(folder.Path, "index.jsonl");
            File.Copy(path, index, overwrite: true);
            IReadOnlyList<ClipFile> clips = new ClipFolder(folder.Path).Read("index.jsonl", []);
            MutationRun.Require(clips.SelectMany(c => c.Frames.Append(c.Name)).All(f => File.Exists(Path.Combine(folder.Path, f)) && !f.Contains("..", StringComparison.Ordinal)), "files of the folder");
            return true;
        })
        { Ending = ".jsonl", IsRefusal = (e, _) => e is FileFormatException or DatasetException && e.Message.Contains("index.jsonl", StringComparison.Ordinal) }.Run();
    }

    private static bool ReadStore(string path, byte[] bytes)
    {
        using var store = MelStore.Open(path);
        float[] features = new float[4 * LogMel.MelBins];
        long rows = 0;
        for (int sound = 0; sound < store.Entries.Count; sound++)
        {
            rows += store.Rows(sound).Length * sizeof(ushort);
            MutationRun.Require(store.Entries[sound].Info is { Path: not null, Set: not null, Label: not null, Group: not null }, "texts");
            for (int at = 0; at < store.Entries[sound].Frames; at += 4)
            {
                store.Features(sound, at, features);
            }
        }
        MutationRun.Require(rows <= bytes.Length, "each sound has rows of its own");
        store.Verify();
        return true;
    }

    private static bool ReadPictures(string path, byte[] bytes)
    {
        using var store = PictureStore.Open(path);
        long pixels = 0;
        for (int picture = 0; picture < store.Entries.Count; picture++)
        {
            pixels += store.Pixels(picture).Length;
            PictureInfo info = store.Entries[picture].Info;
            MutationRun.Require(info is { Path: not null, Set: not null, Group: not null } && !info.Words.Contains(null), "texts");
        }
        MutationRun.Require(pixels <= bytes.Length, "each picture has pixels of its own");
        store.Verify();
        return true;
    }

    /// <summary>A checkpoint with the digest that a careful forger would give it: over values, names and bytes.</summary>
    private static byte[] Reseal(byte[] header, byte[] data)
    {
        byte[] file = [.. BitConverter.GetBytes((long)header.Length), .. header, .. data];
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, file);
            using SafetensorsFile open = SafetensorsFile.Open(path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach ((string key, string value) in open.Metadata.Where(v => v.Key != "sha256").OrderBy(v => v.Key, StringComparer.Ordinal))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{key}={value}\n"));
            }
            foreach ((string name, _) in open.Entries.OrderBy(e => e.Value.Begin).ThenBy(e => e.Value.End))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n"));
                hash.AppendData(open.Bytes(name));
            }
            string old = open.Metadata.GetValueOrDefault("sha256", "");
            byte[] sealedHeader = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(header).Replace(old.Length == 64 ? old : "\0", Convert.ToHexStringLower(hash.GetHashAndReset()), StringComparison.Ordinal));
            return [.. BitConverter.GetBytes((long)sealedHeader.Length), .. sealedHeader, .. data];
        }
        catch (FileFormatException)
        {
            return file;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
