using System.Text;
using SoundSearch.Engine.Audio;
using static SoundSearch.Tests.Engine.Audio.WavBytes;

namespace SoundSearch.Tests.Engine.Audio;

internal sealed class AudioMetadataTests
{
    [Test]
    public void Broadcast_info_ixml_and_labels_of_a_wav_are_found_on_either_side_of_the_data()
    {
        byte[] bext = new byte[602];
        "Thunder, distant\0junk"u8.CopyTo(bext);
        "Recorder 7"u8.CopyTo(bext.AsSpan(256));
        byte[] info = [.. "INFO"u8, .. Chunk("INAM", "Storm\0"u8.ToArray()), .. Chunk("ICMT", [0x62, 0xF6, 0x65]), .. Chunk("ISFT", "Editor"u8.ToArray()), .. Chunk("IGNR", "Weather"u8.ToArray())];
        byte[] labels = [.. "adtl"u8, .. Chunk("labl", [1, 0, 0, 0, .. "first crack\0"u8]), .. Chunk("note", [2, 0, 0, 0, .. "rumble\0"u8])];
        byte[] ixml = Encoding.UTF8.GetBytes("""
            <?xml version="1.0" encoding="UTF-8"?><BWFXML><IXML_VERSION>1.61</IXML_VERSION><SCENE>12A</SCENE><NOTE>far &amp; slow</NOTE>
            <USER><KEYWORDS>rain, wind</KEYWORDS><CATEGORY>WEATHER</CATEGORY><FXNAME>Big Storm</FXNAME></USER></BWFXML>
            """);
        AudioMetadata metadata = Read(File(
            Chunk("bext", bext), Format(1, 1, 8000, 16), Chunk("data", Shorts(1, 2, 3)), Chunk("LIST", info), Chunk("iXML", ixml), Chunk("LIST", labels)));
        Assert.That(metadata.Title, Is.EqualTo("Storm; 12A; Big Storm"));
        Assert.That(metadata.Description, Is.EqualTo("Thunder, distant"));
        Assert.That(metadata.Comment, Is.EqualTo("böe; far & slow"), "Latin-1 where it is no UTF-8");
        Assert.That(metadata.Keywords, Is.EqualTo("Weather; rain, wind; WEATHER"));
        Assert.That(metadata.Author, Is.EqualTo("Recorder 7"));
        Assert.That(metadata.Labels, Is.EqualTo(new[] { "first crack", "rumble" }));
        Assert.That(metadata.SearchText, Does.Contain("Thunder").And.Contain("rain").And.Contain("rumble").And.Not.Contain("Recorder"));
    }

    [Test]
    public void Texts_of_an_aiff_are_found()
    {
        byte[] comments = [0, 1, 0, 0, 0, 0, 0, 0, 0, 5, .. "hello"u8, 0];
        byte[] markers = [0, 2, 0, 1, 0, 0, 0, 9, 4, .. "loop"u8, 0, 0, 2, 0, 0, 0, 9, 3, .. "end"u8];
        AudioMetadata metadata = Read(AiffFile(
            "AIFF", Common(1, 1, 16, 44100), Big("NAME", "Bell"u8), Sound([1, 2]), Big("ANNO", "church"u8), Big("ANNO", "far"u8), Big("AUTH", "me"u8), Big("COMT", comments), Big("MARK", markers)));
        Assert.That(metadata with { Labels = [] }, Is.EqualTo(new AudioMetadata("Bell", "church; far", "hello", null, "me", []) with { Labels = [] }).Using<AudioMetadata>(SameTexts));
        Assert.That(metadata.Labels, Is.EqualTo(new[] { "loop", "end" }));
    }

    [Test]
    public void Broken_ixml_counts_up_to_where_it_breaks_and_entities_are_not_expanded()
    {
        AudioMetadata broken = Read(WithIxml("<BWFXML><NOTE>kept</NOTE><USER><KEYWORDS>cut off"));
        Assert.That(broken.Comment, Is.EqualTo("kept"));
        AudioMetadata bomb = Read(WithIxml("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]><BWFXML><NOTE>&a;&f;</NOTE></BWFXML>"));
        Assert.That(bomb.SearchText, Is.Empty);
    }

    [Test]
    public void Texts_are_bounded_and_free_of_control_characters()
    {
        byte[] info = [.. "INFO"u8, .. Chunk("INAM", "a\r\n\tb"u8.ToArray()), .. Chunk("ICMT", [.. Enumerable.Repeat((byte)'x', 100_000)])];
        AudioMetadata metadata = Read(File(Format(1, 1, 8000, 16), Chunk("LIST", info), Chunk("data", [])));
        Assert.That(metadata.Title, Is.EqualTo("a b"));
        Assert.That(metadata.Comment, Has.Length.EqualTo(4096));
    }

    [Test]
    public void Nothing_is_no_error()
    {
        Assert.That(Read(File(Format(1, 1, 8000, 16), Chunk("data", Shorts(1)))).SearchText, Is.Empty);
        Assert.That(Read("neither a sound nor anything else"u8.ToArray()).SearchText, Is.Empty);
    }

    private static byte[] WithIxml(string text) => File(Format(1, 1, 8000, 16), Chunk("iXML", Encoding.UTF8.GetBytes(text)), Chunk("data", []));

    private static byte[] Big(string id, ReadOnlySpan<byte> contents) => Chunk(id, contents.ToArray(), bigEndian: true);

    [Test]
    public void Sixty_thousand_empty_data_chunks_are_passed_over()
    {
        using var file = new TemporaryFile(File([Format(1, 1, 8000, 16), .. Enumerable.Repeat(Chunk("data", []), 60_000), Chunk("LIST", [.. "INFO"u8, .. Chunk("INAM", "far"u8.ToArray())])]), ".wav");
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(AudioFile.ReadMetadata(file.Path, AudioHelpers.None).Title, Is.EqualTo("far"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(32 << 20));
    }

    private static bool SameTexts(AudioMetadata a, AudioMetadata b) => (a.Title, a.Description, a.Comment, a.Keywords, a.Author) == (b.Title, b.Description, b.Comment, b.Keywords, b.Author);

    private static AudioMetadata Read(byte[] file)
    {
        using var temporary = new TemporaryFile(file, ".wav");
        return AudioFile.ReadMetadata(temporary.Path, AudioHelpers.None);
    }
}
