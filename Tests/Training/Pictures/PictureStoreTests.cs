using System.Buffers.Binary;
using System.Text;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;

namespace SoundSearch.Tests.Training.Pictures;

public sealed class PictureStoreTests
{
    private string folder = "", path = "";

    [SetUp]
    public void SetUp()
    {
        folder = Directory.CreateTempSubdirectory("pictures-").FullName;
        path = Path.Combine(folder, "test.pics");
    }

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Pictures_come_back_in_order_fitted_and_centred_on_white()
    {
        TestPictures.RequireFfmpeg();
        string wide = TestPictures.Ppm(folder, "wide", 40, 20, 200, 100, 50), tall = TestPictures.Ppm(folder, "tall", 8, 16, 0, 0, 255);
        new PictureStoreBuilder(path, 8).Build([Source("a/wide", wide), Source("a/tall", tall)]);
        using PictureStore store = PictureStore.Open(path);
        Assert.Multiple(() =>
        {
            Assert.That(store.Entries.Select(e => e.Info.Path), Is.EqualTo(new[] { "a/wide", "a/tall" }));
            Assert.That(Pixel(store, 0, 0, 4), Is.EqualTo(new byte[] { 255, 255, 255 })); // above the wide one
            Assert.That(Pixel(store, 0, 4, 0), Is.EqualTo(new byte[] { 200, 100, 50 }).Within(2));
            Assert.That(Pixel(store, 1, 4, 0), Is.EqualTo(new byte[] { 255, 255, 255 })); // left of the tall one
            Assert.That(Pixel(store, 1, 0, 4), Is.EqualTo(new byte[] { 0, 0, 255 }).Within(2));
            Assert.That(store.Verify, Throws.Nothing);
        });
    }

    [Test]
    public void What_is_transparent_is_white_and_hidden_colours_do_not_bleed()
    {
        TestPictures.RequireFfmpeg();
        // PAM with opacity: the left half opaque black, the right half transparent red.
        string file = Path.Combine(folder, "half.pam");
        byte[] pixels = [.. Enumerable.Range(0, 256).SelectMany(i => i % 16 < 8 ? new byte[] { 0, 0, 0, 255 } : [255, 0, 0, 0])];
        File.WriteAllBytes(file, [.. Encoding.ASCII.GetBytes("P7\nWIDTH 16\nHEIGHT 16\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"), .. pixels]);
        byte[] decoded = new PictureDecoder(8, Path.Combine(folder, "scratch")).Decode([Source("half", file)])[0]!;
        Assert.That(decoded[((4 * 8) + 7) * 3], Is.EqualTo(255));
        Assert.That(decoded[4 * 8 * 3], Is.LessThan(5));
        Assert.That(Enumerable.Range(0, 64).Max(p => Math.Abs(decoded[p * 3] - decoded[p * 3 + 1])), Is.LessThan(5), "grey everywhere: no red");
    }

    [Test]
    public void One_unreadable_picture_among_good_ones_is_left_out_and_counted()
    {
        TestPictures.RequireFfmpeg();
        string bad = Path.Combine(folder, "bad.ppm");
        File.WriteAllText(bad, "no picture");
        var builder = new PictureStoreBuilder(path, 8);
        builder.Build([Source("a", TestPictures.Ppm(folder, "a", 8, 8, 10, 20, 30)), Source("bad", bad), Source("b", TestPictures.Ppm(folder, "b", 8, 8, 30, 20, 10))]);
        using PictureStore store = PictureStore.Open(path);
        Assert.That(builder.Dropped, Is.EqualTo(new[] { "bad" }));
        Assert.That(store.Entries.Select(e => e.Info.Path), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(Pixel(store, 1, 3, 3), Is.EqualTo(new byte[] { 30, 20, 10 }).Within(2));
    }

    [Test]
    public void Without_ffmpeg_the_message_says_what_to_install_and_nothing_is_left_behind()
    {
        string picture = TestPictures.Ppm(folder, "a", 8, 8, 1, 2, 3);
        Assert.That(
            () => new PictureStoreBuilder(path, 8, "no-such-program").Build([Source("a", picture)]), Throws.InstanceOf<IOException>().With.Message.Contains("install ffmpeg"));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.EqualTo(new[] { picture }));
    }

    [TestCase(0, "magic")]
    [TestCase(8, "version")]
    [TestCase(13, "rows")]
    [TestCase(16, "index")]
    [TestCase(24, "index")]
    [TestCase(33, "checksum")]
    public void A_damaged_header_is_found(int offset, string message)
    {
        Build();
        Flip(offset);
        Assert.That(() => PictureStore.Open(path), Throws.TypeOf<FileFormatException>().With.Message.Contains(message));
    }

    [Test]
    public void A_damaged_index_is_found_at_open_and_damaged_pixels_by_verify()
    {
        Build();
        Flip(100);
        using (PictureStore store = PictureStore.Open(path))
        {
            Assert.That(store.Verify, Throws.TypeOf<FileFormatException>().With.Message.Contains("'a/dog'"));
        }
        Flip((int)new FileInfo(path).Length - 3);
        Assert.That(() => PictureStore.Open(path), Throws.TypeOf<FileFormatException>().With.Message.Contains("checksum"));
    }

    [TestCase(0)]
    [TestCase(63)]
    [TestCase(300)]
    public void A_truncated_store_is_refused(int length)
    {
        Build();
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(length);
        }
        Assert.That(() => PictureStore.Open(path), Throws.TypeOf<FileFormatException>());
    }

    [TestCase("\"Set\":\"a\",", "", "an index")]
    [TestCase("[\"dog\"]", "[]", "words")]
    [TestCase("[\"dog\"]", "[\" \"]", "words")]
    [TestCase("[\"dog\"]", "[null]", "words")]
    [TestCase("[{", "[null,{", "null at number 0")]
    [TestCase("}]", "},{\"Info\":{\"Path\":\"x\",\"Set\":\"x\",\"Group\":\"x\",\"Words\":[\"x\"],\"Licence\":\"\"},\"Crc\":0}]", "3 pictures of")]
    public void An_index_that_lies_under_its_right_checksum_is_refused(string good, string bad, string reason)
    {
        Build();
        byte[] bytes = File.ReadAllBytes(path);
        int at = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16));
        string index = Encoding.UTF8.GetString(bytes.AsSpan(at));
        Assert.That(index, Does.Contain(good));
        byte[] changed = Encoding.UTF8.GetBytes(index.Replace(good, bad, StringComparison.Ordinal));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), changed.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(32), IndexedFileKind.Crc(changed));
        File.WriteAllBytes(path, [.. bytes[..at], .. changed]);
        Assert.That(() => PictureStore.Open(path), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason));
    }

    [Test]
    public void A_finished_store_is_not_overwritten()
    {
        Build();
        Assert.That(() => new PictureStoreBuilder(path, 8).Build([]), Throws.TypeOf<IOException>().With.Message.Contains("delete"));
    }

    private void Build() => TestPictures.Store(folder, TestPictures.Info("a/dog", "dog"), TestPictures.Info("a/cat", "cat", "pet")).Dispose();

    private static PictureSource Source(string name, string file) => new(TestPictures.Info(name, name), file);

    private static byte[] Pixel(PictureStore store, int picture, int row, int column) => store.Pixels(picture).Slice((row * store.Side + column) * 3, 3).ToArray();

    private void Flip(int offset)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[offset] ^= 0x5A;
        File.WriteAllBytes(path, bytes);
    }
}
