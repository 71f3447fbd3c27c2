using System.Buffers.Binary;
using System.Text;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;

namespace SoundSearch.Tests.Training.Data;

public sealed class MelStoreTests
{
    private TestFolder folder = null!;

    [SetUp]
    public void Make_folder() => folder = new TestFolder();

    [TearDown]
    public void Remove_folder() => folder.Dispose();

    [Test]
    public void Sounds_come_back_as_a_tower_would_see_them()
    {
        float[] samples = TestSounds.Noise(50_000, 1);
        using MelStore store = Build(folder.Sound("a", samples), folder.Sound("b", TestSounds.Noise(3000, 2)));
        Assert.That(store.Entries.Select(e => e.Info.Path), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(store.Entries[0].Seconds, Is.EqualTo(50_000 / 32_000.0).Within(1e-3));
        float[] expected = new float[400 * 128], actual = new float[400 * 128];
        new LogMel().Extract(samples, expected);
        store.Features(0, 0, actual);
        Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(2e-3f)); // half precision
        store.Verify();
    }

    [Test]
    public void Features_beyond_the_end_are_silence()
    {
        using MelStore store = Build(folder.Sound("a", TestSounds.Noise(5000, 1)));
        float[] features = new float[10 * 128];
        store.Features(0, 1000, features);
        Assert.That(features, Is.All.EqualTo((float)((Math.Log(1e-5) + 4.5) / 5)).Within(1e-5f));
    }

    [Test]
    public void Silent_short_unreadable_and_doubled_sounds_are_dropped_with_a_reason()
    {
        float[] noise = TestSounds.Noise(5000, 1);
        string broken = Path.Combine(folder.Path, "broken.wav");
        File.WriteAllText(broken, "no sound at all");
        var builder = new MelStoreBuilder(folder.Store);
        builder.Build(
        [
            folder.Sound("first", noise), folder.Sound("twin", noise), folder.Sound("silent", new float[5000]),
            folder.Sound("short", TestSounds.Noise(500, 3)), new SoundSource(TestSounds.Info("broken"), broken),
        ]);
        Assert.That(builder.Dropped.Select(d => d.Path), Is.EqualTo(new[] { "twin", "silent", "short", "broken" }));
        Assert.That(builder.Dropped[0].Reason, Does.Contain("first"));
        using var store = MelStore.Open(folder.Store);
        Assert.That(store.Entries, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_build_that_was_stopped_goes_on_and_gives_the_same_file()
    {
        SoundSource[] sources = [.. Enumerable.Range(0, 130).Select(i => folder.Sound($"s{i}", TestSounds.Noise(2000 + i, i)))];
        new MelStoreBuilder(folder.Store).Build(sources);
        byte[] whole = File.ReadAllBytes(folder.Store);
        File.Delete(folder.Store);

        using var stop = new CancellationTokenSource();
        Assert.That(
            () => new MelStoreBuilder(folder.Store).Build(sources, new Immediately(_ => stop.Cancel()), stop.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.Exists(folder.Store), Is.False);
        // As after a power cut: half a journal line, and rows that no line confirms.
        File.AppendAllText(folder.Store + ".journal", "{\"Path\":\"s6");
        File.AppendAllText(folder.Store + ".part", "rubbish");

        var builder = new MelStoreBuilder(folder.Store);
        List<BuildProgress> told = [];
        builder.Build(sources, new Immediately(told.Add));
        Assert.That(told[0].Done, Is.EqualTo(128), "the first 64 were kept");
        Assert.That(File.ReadAllBytes(folder.Store), Is.EqualTo(whole));
        Assert.That(File.Exists(folder.Store + ".journal"), Is.False);
    }

    [Test]
    public void A_build_of_other_sounds_keeps_nothing_of_the_one_that_was_stopped()
    {
        SoundSource[] sources = [.. Enumerable.Range(0, 130).Select(i => folder.Sound($"s{i}", TestSounds.Noise(2000 + i, i)))], others = [.. sources.Skip(1)];
        using var stop = new CancellationTokenSource();
        Assert.That(() => new MelStoreBuilder(folder.Store).Build(sources, new Immediately(_ => stop.Cancel()), stop.Token), Throws.InstanceOf<OperationCanceledException>());
        new MelStoreBuilder(folder.Store).Build(others);
        using var store = MelStore.Open(folder.Store);
        Assert.That(store.Entries.Select(e => e.Info.Path), Is.EqualTo(others.Select(s => s.Info.Path)));
        Assert.That(store.Verify, Throws.Nothing);
    }

    [Test]
    public void A_finished_store_is_not_overwritten()
    {
        SoundSource source = folder.Sound("a", TestSounds.Noise(5000, 1));
        Build(source).Dispose();
        Assert.That(() => new MelStoreBuilder(folder.Store).Build([source]), Throws.TypeOf<IOException>().With.Message.Contains("delete"));
    }

    [TestCase(0, "magic")]
    [TestCase(8, "version")]
    [TestCase(16, "index")]
    [TestCase(24, "index")]
    [TestCase(33, "checksum")]
    public void A_damaged_header_is_found(int offset, string message)
    {
        Build(folder.Sound("a", TestSounds.Noise(5000, 1))).Dispose();
        Flip(offset);
        Assert.That(() => MelStore.Open(folder.Store), Throws.TypeOf<FileFormatException>().With.Message.Contains(message));
    }

    [Test]
    public void A_damaged_index_is_found_at_open_and_damaged_rows_by_verify()
    {
        Build(folder.Sound("a", TestSounds.Noise(5000, 1))).Dispose();
        Flip(100);
        using (var store = MelStore.Open(folder.Store))
        {
            Assert.That(store.Verify, Throws.TypeOf<FileFormatException>().With.Message.Contains("'a'"));
        }
        Flip((int)new FileInfo(folder.Store).Length - 3);
        Assert.That(() => MelStore.Open(folder.Store), Throws.TypeOf<FileFormatException>().With.Message.Contains("checksum"));
    }

    [TestCase(0)]
    [TestCase(63)]
    [TestCase(1000)]
    public void A_truncated_store_is_refused(int length)
    {
        Build(folder.Sound("a", TestSounds.Noise(5000, 1))).Dispose();
        using (FileStream file = File.OpenWrite(folder.Store))
        {
            file.SetLength(length);
        }
        Assert.That(() => MelStore.Open(folder.Store), Throws.TypeOf<FileFormatException>());
    }

    [TestCase("\"Set\":\"test\",", "", "an index")]
    [TestCase("\"Set\":\"test\",", "\"Set\":null,", "an index")]
    [TestCase("\"Frames\":17,", "\"Frames\":2147483647,", "rows between")]
    [TestCase("\"Weight\":1}", "\"Weight\":1e999}", "rows between")]
    [TestCase("\"Frames\":17,", "\"Frames\":40,", "share")]
    public void An_index_that_lies_under_its_right_checksum_is_refused(string good, string bad, string reason)
    {
        Build(folder.Sound("a", TestSounds.Noise(4700, 1)), folder.Sound("b", TestSounds.Noise(9500, 2))).Dispose();
        byte[] bytes = File.ReadAllBytes(folder.Store);
        int at = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16));
        string index = Encoding.UTF8.GetString(bytes.AsSpan(at));
        Assert.That(index, Does.Contain(good));
        byte[] changed = Encoding.UTF8.GetBytes(index.Replace(good, bad, StringComparison.Ordinal));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), changed.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(32), IndexedFileKind.Crc(changed));
        File.WriteAllBytes(folder.Store, [.. bytes[..at], .. changed]);
        Assert.That(() => MelStore.Open(folder.Store), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason));
    }

    private MelStore Build(params SoundSource[] sources)
    {
        new MelStoreBuilder(folder.Store).Build(sources);
        return MelStore.Open(folder.Store);
    }

    private void Flip(int offset)
    {
        byte[] bytes = File.ReadAllBytes(folder.Store);
        bytes[offset] ^= 0x5A;
        File.WriteAllBytes(folder.Store, bytes);
    }

    private sealed class Immediately(Action<BuildProgress> action) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value) => action(value);
    }
}
