using System.IO.Compression;
using System.Text;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Text;

namespace SoundSearch.Tests.Engine.Text;

public class ClipTokenizerTests
{
    private static readonly ClipTokenizer tokenizer = ClipTokenizer.FromMerges([("d", "o"), ("do", "g</w>"), ("o", "g</w>"), ("b", "a"), ("ba", "r")]);

    private string path = "";

    [SetUp]
    public void SetUp() => path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid() + ".txt");

    [TearDown]
    public void TearDown() => File.Delete(path);

    [Test]
    public void Ids_are_bytes_then_bytes_at_word_ends_then_merges_then_start_and_end()
    {
        Assert.Multiple(() =>
        {
            Assert.That(tokenizer.VocabularySize, Is.EqualTo(256 + 256 + 5 + 2));
            Assert.That(tokenizer.StartToken, Is.EqualTo(517));
            Assert.That(tokenizer.EndToken, Is.EqualTo(518));
            Assert.That(tokenizer.Encode("!"), Is.EqualTo(new[] { 256 }));
            Assert.That(tokenizer.Encode("a b"), Is.EqualTo(new[] { 256 + 'a' - '!', 256 + 'b' - '!' }));
            Assert.That(tokenizer.Encode("Dog"), Is.EqualTo(new[] { 513 }));
            Assert.That(tokenizer.Encode("  BAR\t\n"), Is.EqualTo(new[] { 515, 256 + 'r' - '!' }), "the end of a word is part of its last symbol");
        });
    }

    [Test]
    public void Names_of_start_and_end_in_a_text_are_those_tokens()
    {
        Assert.That(tokenizer.Encode("<|startoftext|>dog<|EndOfText|>"), Is.EqualTo(new[] { tokenizer.StartToken, 513, tokenizer.EndToken }));
    }

    [TestCase("", 77, 2)]
    [TestCase("dog dog", 77, 4)]
    [TestCase("dog dog dog", 4, 4)]
    [TestCase("dog dog dog", 2, 2)]
    public void A_text_is_framed_and_cut_to_the_context(string text, int context, int length)
    {
        int[] ids = tokenizer.EncodeWithEnds(text, context);
        Assert.That(ids, Has.Length.EqualTo(length));
        Assert.That(ids[0], Is.EqualTo(tokenizer.StartToken));
        Assert.That(ids[^1], Is.EqualTo(tokenizer.EndToken));
        Assert.That(ids[1..^1], Is.All.EqualTo(513));
    }

    [TestCase("it's we'll I'VE don't", "it 's we 'll i 've don 't")]
    [TestCase("'\u017Fa '!s", "'\u017F a '! s")]
    [TestCase("rain2roof 12", "rain 2 roof 1 2")]
    [TestCase("a_b-c...", "a _ b - c ...")]
    [TestCase("\U0001D400\U0001D401\U0001D7CE\U0001F600\U0001F601x", "\U0001D400\U0001D401 \U0001D7CE \U0001F600\U0001F601 x")]
    [TestCase("\u00BDcup \u2168", "\u00BD cup \u2178")]
    [TestCase("<|startoftext|> <|start", "<|startoftext|> <| start")]
    public void Words_are_cut_over_code_points(string text, string pieces)
    {
        string clean = TextCleaner.Clean(text);
        List<string> actual = [];
        int position = 0;
        while (WordSplitter.Next(clean, ref position) is int length and > 0)
        {
            actual.Add(clean.Substring(position - length, length));
        }
        Assert.That(string.Join(' ', actual), Is.EqualTo(pieces));
    }

    [Test]
    public void Decoding_gives_the_words_back()
    {
        Assert.That(tokenizer.Decode(tokenizer.Encode("the Dog & \u00E9t\u00E9")), Is.EqualTo("the dog & \u00E9t\u00E9 "));
        Assert.That(tokenizer.Decode([tokenizer.StartToken]), Is.EqualTo("<|startoftext|>"));
        Assert.That(tokenizer.Decode([ByteSymbols.IdOf[0xC3]]), Is.EqualTo("\uFFFD"));
    }

    [Test]
    public void Long_words_merge_as_short_ones_do()
    {
        var random = new Random(5);
        var merger = new BytePairMerger(64);
        List<string> names = ["a", "b", "c", "d"];
        for (int rank = 0; rank < 80; rank++)
        {
            int left = random.Next(names.Count);
            int right = random.Next(names.Count);
            string name = names[left] + names[right];
            if (!names.Contains(name))
            {
                names.Add(name);
            }

            // Several ways to one name, and ranks out of order, as no trainer writes them but a file may have them.
            merger.Add(left, right, rank % 7 == 0 ? 1000 - rank : rank, names.IndexOf(name));
        }
        for (int trial = 0; trial < 3000; trial++)
        {
            int[] word = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(4))];
            int[] copy = [.. word];
            int[] a = word[..merger.MergeShort(word)];
            int[] b = copy[..merger.MergeLong(copy)];
            Assert.That(b, Is.EqualTo(a));
        }
    }

    [Test]
    [CancelAfter(20_000)]
    public void A_word_of_a_million_letters_takes_no_quadratic_time()
    {
        string word = string.Concat(Enumerable.Range(0, 300_000).Select(i => "dogbar"[i * 7 % 6]));
        Assert.That(tokenizer.Decode(tokenizer.Encode(word)), Is.EqualTo(word + " "));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_merges_file_is_read_plain_or_compressed(bool gzip)
    {
        byte[] bytes = Encoding.UTF8.GetBytes("#version: 0.2\nd o\ndo g</w>\n");
        using (Stream stream = gzip ? new GZipStream(File.Create(path), CompressionLevel.Fastest) : File.Create(path))
        {
            stream.Write(bytes);
        }
        ClipTokenizer read = ClipTokenizer.Load(path);
        Assert.That(read.VocabularySize, Is.EqualTo(516));
        Assert.That(read.Encode("dog"), Is.EqualTo(new[] { 513 }));
        Assert.That(ClipTokenizer.Load(path, merges: 1).VocabularySize, Is.EqualTo(515));
    }

    [TestCase("#version\na b\nabc", "one blank between them in line 3")]
    [TestCase("#version\na b c", "one blank between them in line 2")]
    [TestCase("a b\nab xy", "other lines make in line 2")]
    [TestCase("a \u4E2D", "other lines make in line 1")]
    public void A_damaged_merges_file_is_refused_with_its_line(string content, string message)
    {
        File.WriteAllText(path, content);
        Assert.That(() => ClipTokenizer.Load(path), Throws.TypeOf<FileFormatException>().With.Message.Contains(message).And.Message.Contains(path));
    }

    [Test]
    public void Bytes_that_are_no_text_and_missing_merges_are_refused()
    {
        File.WriteAllBytes(path, [0xFF, 0xFE, 0x20]);
        Assert.That(() => ClipTokenizer.Load(path), Throws.TypeOf<FileFormatException>().With.Message.Contains("UTF-8"));
        File.WriteAllBytes(path, [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]);
        Assert.That(() => ClipTokenizer.Load(path), Throws.TypeOf<FileFormatException>().With.Message.Contains("gzip"));
        File.WriteAllText(path, "a b\n");
        Assert.That(() => ClipTokenizer.Load(path, merges: 2), Throws.TypeOf<FileFormatException>().With.Message.Contains("2 merges"));
    }
}
