using System.IO.Compression;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;

namespace SoundSearch.Tests.Training.Data;

public sealed class SourcesTests
{
    private TestFolder folder = null!;

    [SetUp]
    public void Make_folder() => folder = new TestFolder();

    [TearDown]
    public void Remove_folder() => folder.Dispose();

    [Test]
    public void A_manifest_gives_its_sounds_with_titles_unescaped_and_recordings_grouped()
    {
        folder.Write("manifest.csv", "path,set,label,title,seconds,fold,licence,credit\r\n"
            + "esc50/car_horn/1-254507-A-43.opus,esc50,car horn,\"Henkil\\xf6auto, \"\"torvi\"\"\",5.01,1,CC-BY,Yle\r\n"
            + "cdda/walk_barefoot_5.opus,cdda,,walk_barefoot_5,0.23,,CC-BY-SA,\r\n");
        IReadOnlyList<SoundSource> sources = PackManifest.Read(folder.Path);
        Assert.That(sources, Has.Count.EqualTo(2));
        Assert.That(sources[0].Info.Title, Is.EqualTo("Henkilöauto, \"torvi\""));
        Assert.That(sources[0].Info.Group, Is.EqualTo("esc50/254507"));
        Assert.That(sources[0].Info.Fold, Is.EqualTo("1"));
        Assert.That(sources[1].Info.Group, Is.EqualTo("cdda/walk_barefoot"));
        Assert.That(sources[1].File, Is.EqualTo(Path.Combine(folder.Path, "cdda", "walk_barefoot_5.opus")));
    }

    [TestCase("title\nx\n", "path")]
    [TestCase("path,set\n../../etc/passwd,x\n", "line 2")]
    [TestCase("path,set\na.wav\n", "line 2")]
    [TestCase("path,set\na.wav,\"x\n", "quote")]
    [TestCase("", "header")]
    public void A_manifest_that_cannot_be_used_says_where(string text, string message)
    {
        folder.Write("manifest.csv", text);
        Assert.That(() => PackManifest.Read(folder.Path), Throws.TypeOf<FileFormatException>().With.Message.Contains(message));
    }

    [Test]
    public void Only_sounds_are_taken_out_of_an_archive()
    {
        string archive = Zip(("sound/bang.ogg", "x"), ("maps/one.bsp", "y"), ("a\\b\\deep.WAV", "zz"));
        string target = Path.Combine(folder.Path, "out");
        Assert.That(SoundArchive.Extract(archive, target, new HashSet<string> { ".ogg", ".wav" }), Is.EqualTo(2));
        Assert.That(File.ReadAllText(Path.Combine(target, "sound", "bang.ogg")), Is.EqualTo("x"));
        Assert.That(File.Exists(Path.Combine(target, "maps", "one.bsp")), Is.False);
    }

    [TestCase("../evil.ogg")]
    [TestCase("a/../../evil.ogg")]
    [TestCase("/tmp/evil.ogg")]
    [TestCase("..\\evil.ogg")]
    public void An_entry_that_leads_out_of_the_archive_is_refused(string name)
    {
        string archive = Zip((name, "x"));
        Assert.That(
            () => SoundArchive.Extract(archive, Path.Combine(folder.Path, "out"), new HashSet<string> { ".ogg" }),
            Throws.TypeOf<InvalidDataException>());
        Assert.That(File.Exists(Path.Combine(folder.Path, "evil.ogg")), Is.False);
    }

    [TestCase("usr/share/tuxpaint/stamps/animals/frog-1_desc_bg.ogg", true)]
    [TestCase("usr/share/tuxpaint/stamps/animals/frog-1_desc.ogg", true)]
    [TestCase("usr/share/tuxpaint/stamps/animals/frog-1.ogg", false)]
    public void Spoken_names_are_told_from_sounds(string path, bool speech) =>
        Assert.That(DebianSounds.IsSpeech(path), Is.EqualTo(speech));

    [TestCase("usr/share/games/hedgewars/Data/Music/City.ogg", "game: voices, music, effects", 0.15f)]
    [TestCase("usr/share/games/hedgewars/Data/Sounds/voices/British/Bungee.ogg", "game: voices, music, effects", 0.2f)]
    [TestCase("usr/share/games/hedgewars/Data/Sounds/whipcrack.ogg", "game: voices, music, effects", 1)]
    [TestCase("usr/share/hydrogen/data/drumkits/x/hat.wav", "instruments", 0.5f)]
    public void Music_and_voices_weigh_less_than_effects(string path, string what, float weight) =>
        Assert.That(DebianSounds.WeightOf(path, what), Is.EqualTo(weight));

    [Test]
    public void Licences_are_read_from_fields_and_from_free_text()
    {
        Assert.That(DebianSounds.LicencesOf("Files: *\nLicense: GPL-2+\n\nFiles: x\nLicense: CC-BY-SA-3.0\n text\nLicense: GPL-2+\n"), Is.EqualTo("GPL-2+, CC-BY-SA-3.0"));
        Assert.That(DebianSounds.LicencesOf("under the GNU General Public License version 2"), Is.EqualTo("GNU General Public License"));
    }

    [Test]
    public void A_package_that_is_not_there_is_listed_and_the_rest_goes_on()
    {
        folder.Write("list.csv", "package,what\nsome-music,music\nsurely-no-such-package,game: effects\n");
        var debian = new DebianSounds(Path.Combine(folder.Path, "work"));
        Assert.That(debian.Collect(Path.Combine(folder.Path, "list.csv")), Is.Empty);
        Assert.That(debian.Failed.Select(f => f.Package), Is.EqualTo(new[] { "surely-no-such-package" }));
    }


    private string Zip(params (string Name, string Text)[] entries)
    {
        string path = Path.Combine(folder.Path, "test.pk3");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, string text) in entries)
        {
            using var writer = new StreamWriter(zip.CreateEntry(name).Open());
            writer.Write(text);
        }
        return path;
    }
}
