using System.Text;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Pictures;

namespace SoundSearch.Tests.Training.Pictures;

public sealed class PictureSourceTests
{
    private const string Names = """
        [{"hexcode":"1F436","label":"dog face","tags":["dog","face","pet"]},
         {"hexcode":"2764-FE0F","label":"red heart"},
         {"hexcode":"1F1E6","label":"regional indicator A"}]
        """;

    private string folder = "";

    [SetUp]
    public void SetUp() => folder = Directory.CreateTempSubdirectory("pictures-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Drawings_get_the_names_of_their_code_points_whatever_their_spelling()
    {
        TestPictures.Archive(Path.Combine(folder, "emojibase-data-1.0.0.tgz"), ("package/en/data.json", Encoding.UTF8.GetBytes(Names)), ("package/de/data.json", [1]));
        TestPictures.Archive(
            Path.Combine(folder, "drawings-1.0.0.tgz"),
            ("package/img/google/64/1f436.png", [1, 2]), ("package/img/google/64/2764.png", [3]), ("package/img/google/64/1f436-1f3fb.png", [4]),
            ("package/img/google/64/1f1e6.png", [5]), ("package/img/google/sheets/64/2764.gif", [6]), ("package/package.json", [7]));
        IReadOnlyDictionary<string, string[]> names = EmojiPictures.Names(NpmPackage.Fetch("emojibase-data@1.0.0", folder), Path.Combine(folder, "names"));
        IReadOnlyList<PictureSource> sources = EmojiPictures.Collect(NpmPackage.Fetch("drawings@1.0.0", folder), names, Path.Combine(folder, "files"));
        Assert.Multiple(() =>
        {
            Assert.That(sources.Select(s => s.Info.Path), Is.EqualTo(new[] { "drawings/1f436.png", "drawings/2764.png" }));
            Assert.That(sources[0].Info.Words, Is.EqualTo(new[] { "dog face", "dog", "face", "pet" }));
            Assert.That(sources[1].Info.Words, Is.EqualTo(new[] { "red heart" }));
            Assert.That(File.ReadAllBytes(sources[0].File), Is.EqualTo(new byte[] { 1, 2 }));
            Assert.That(Directory.GetFiles(folder, "package.json", SearchOption.AllDirectories), Is.Empty, "only what is wanted is written");
        });
    }

    [Test]
    public void An_archive_whose_entry_leads_out_of_the_folder_is_refused()
    {
        TestPictures.Archive(Path.Combine(folder, "evil-1.0.0.tgz"), ("package/../../out.png", [1]));
        Assert.That(
            () => NpmPackage.Fetch("evil@1.0.0", folder).Extract(Path.Combine(folder, "in"), _ => true), Throws.TypeOf<FileFormatException>().With.Message.Contains("out.png"));
        Assert.That(File.Exists(Path.Combine(folder, "out.png")), Is.False);
    }

    [Test]
    public void Archives_that_are_none_or_cut_short_are_refused()
    {
        File.WriteAllText(Path.Combine(folder, "text-1.0.0.tgz"), "this is no archive at all");
        TestPictures.Archive(Path.Combine(folder, "whole-1.0.0.tgz"), ("package/a.png", new byte[5000]));
        byte[] whole = File.ReadAllBytes(Path.Combine(folder, "whole-1.0.0.tgz"));
        File.WriteAllBytes(Path.Combine(folder, "cut-1.0.0.tgz"), whole[..(whole.Length / 2)]);
        foreach (string name in new[] { "text@1.0.0", "cut@1.0.0" })
        {
            Assert.That(() => NpmPackage.Fetch(name, folder).Extract(Path.Combine(folder, "in"), _ => true), Throws.TypeOf<FileFormatException>(), name);
        }
    }

    [TestCase("openmoji")]
    [TestCase("../../x@1.0.0")]
    [TestCase("--version@1.0.0")]
    [TestCase("a b@1")]
    public void A_name_that_is_no_package_with_its_version_is_not_fetched(string name) =>
        Assert.That(() => NpmPackage.Fetch(name, folder), Throws.ArgumentException.With.Message.Contains(name));

    [TestCase("{}")]
    [TestCase("[{\"hexcode\":\"1F436\"}]")]
    [TestCase("[1]")]
    [TestCase("[{")]
    public void Names_in_another_form_are_refused(string json)
    {
        TestPictures.Archive(Path.Combine(folder, "emojibase-data-1.0.0.tgz"), ("package/en/data.json", Encoding.UTF8.GetBytes(json)));
        Assert.That(() => EmojiPictures.Names(NpmPackage.Fetch("emojibase-data@1.0.0", folder), Path.Combine(folder, "names")), Throws.TypeOf<FileFormatException>());
    }

    [Test]
    public void Stamps_are_pictures_with_a_description_and_sounds_that_are_not_spoken()
    {
        string animals = Directory.CreateDirectory(Path.Combine(folder, "animals")).FullName;
        foreach (string file in new[] { "frog.png", "frog.svg", "frog.ogg", "frog_desc.ogg", "frog_desc_de.ogg", "cat2.svg", "lion.png", "owl.ogg" })
        {
            File.WriteAllText(Path.Combine(animals, file), "");
        }
        File.WriteAllText(Path.Combine(animals, "frog.txt"), "A frog.\nde.utf8=Ein Frosch.\n");
        File.WriteAllText(Path.Combine(animals, "cat2.txt"), "A tabby. It purrs!\n");
        File.WriteAllText(Path.Combine(animals, "lion.txt"), "de.utf8=Ein L\u00f6we.\n");
        File.WriteAllText(Path.Combine(animals, "owl.txt"), "An owl.\n");
        (IReadOnlyList<PictureSource> pictures, var sounds) = StampPictures.Collect(folder, "GPL-2");
        Assert.Multiple(() =>
        {
            Assert.That(pictures.Select(p => p.Info.Path), Is.EqualTo(new[] { "tuxpaint-stamps/animals/cat2.svg", "tuxpaint-stamps/animals/frog.png" }));
            Assert.That(pictures[0].Info.Words, Is.EqualTo(new[] { "a tabby", "it purrs", "cat" }));
            Assert.That(pictures[1].Info.Words, Is.EqualTo(new[] { "a frog" }));
            Assert.That(sounds.Select(s => (s.Info.Path, s.Info.Title, s.Info.Group)), Is.EqualTo(new[] { ("tuxpaint-stamps/animals/frog.ogg", "a frog", "frog") }));
        });
    }

    [TestCase("A frog.", "frog")]
    [TestCase("an apple", "apple")]
    [TestCase("The Eiffel Tower!", "eiffel tower")]
    [TestCase("flag: Fiji", "flag fiji")]
    [TestCase("A", "a")]
    [TestCase("?", "?")]
    public void One_thing_has_one_name(string words, string name) => Assert.That(PictureNames.Group(words), Is.EqualTo(name));

    [Test]
    public void About_the_asked_share_of_names_is_held_out_and_always_the_same_ones()
    {
        string[] names = [.. Enumerable.Range(0, 4000).Select(i => $"thing {i}")];
        string[] held = [.. names.Where(n => PictureNames.IsHeldOut(n, 0.1))];
        Assert.That(held, Has.Length.InRange(320, 480));
        Assert.That(held, Is.SubsetOf(names.Where(n => PictureNames.IsHeldOut(n, 0.2))));
    }
}
