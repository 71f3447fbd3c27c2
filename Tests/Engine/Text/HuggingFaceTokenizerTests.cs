using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Text;

namespace SoundSearch.Tests.Engine.Text;

/// <summary>Hugging Face's tokenizers beyond the goldens: cutting, long texts, special tokens and bad files.</summary>
internal sealed class HuggingFaceTokenizerTests
{
    private static readonly RobertaTokenizer roberta = RobertaTokenizer.Load(Goldens.Path("hf/tok_roberta"));
    private static readonly HuggingFaceClipTokenizer clip = HuggingFaceClipTokenizer.Load(Goldens.Path("hf/tok_clip"));

    private string folder = "";

    [SetUp]
    public void SetUp() => folder = Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid().ToString())).FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [TestCase("a dog", "a| dog")]
    [TestCase(" a  dog ", " a| | dog| ")]
    [TestCase("a\n\ndog", "a|\n|\n|dog")]
    [TestCase("a \n dog", "a| \n| dog")]
    [TestCase("it's I'VE 'll 't", "it|'s| I|'|VE| '|ll| '|t")]
    [TestCase("x2y 12.5dB", "x|2|y| 12|.|5|dB")]
    [TestCase("\u00A0a\u3000 b", "\u00A0|a|\u3000| b")]
    [TestCase("\U0001D400\U0001D7CE \U0001F600!", "\U0001D400|\U0001D7CE| \U0001F600!")]
    [TestCase("", "")]
    public void Texts_are_cut_as_GPT_2_cuts_them(string text, string pieces)
    {
        List<string> actual = [];
        for (int at = 0; Gpt2Splitter.Next(text.AsSpan(at)) is int length and > 0; at += length)
        {
            actual.Add(text.Substring(at, length));
        }
        Assert.That(string.Join('|', actual), Is.EqualTo(pieces));
    }

    [Test]
    public void Decoding_what_Roberta_encoded_gives_every_text_back()
    {
        // Special names may come out of random characters only by a wonder; lone surrogates cannot survive UTF-8.
        Prop.ForAll<string>(text =>
        {
            string whole = new([.. (text ?? "").Where(c => !char.IsSurrogate(c))]);
            return roberta.Decode(roberta.Encode(whole)) == whole;
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Lone_surrogates_become_replacement_characters()
    {
        Assert.That(roberta.Decode(roberta.Encode("a\uD800b")), Is.EqualTo("a\uFFFDb"));
        Assert.That(clip.Decode(clip.Encode("a \uDC00")), Is.EqualTo("a \uFFFD"));
    }

    [TestCase(2)]
    [TestCase(3)]
    [TestCase(77)]
    public void A_row_is_the_start_of_the_ids_between_its_ends(int context)
    {
        string text = "a dog barks <mask> " + new string('x', 400);
        int[] ids = roberta.Encode(text), row = roberta.EncodeWithEnds(text, context);
        Assert.That(row, Is.EqualTo((int[])[0, .. ids[..(context - 2)], 2]));
        Assert.That(() => roberta.EncodeWithEnds(text, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        int[] clipIds = clip.Encode(text), clipRow = clip.EncodeWithEnds(text, context);
        Assert.That(clipRow, Is.EqualTo((int[])[1022, .. clipIds[..(context - 2)], 1023]));
    }

    [Test]
    [CancelAfter(20_000)]
    public void A_piece_of_many_letters_takes_no_quadratic_time()
    {
        string word = string.Concat(Enumerable.Range(0, 200_000).Select(i => "thesoundofrain"[i * 7 % 14]));
        Assert.That(roberta.Decode(roberta.Encode(word)), Is.EqualTo(word));
        Assert.That(clip.Decode(clip.Encode(word)), Is.EqualTo(word));
        Assert.That(roberta.Encode(new string(' ', 200_000)), Is.Not.Empty);
    }

    [Test]
    public void Merging_one_at_a_time_is_the_same_short_and_long()
    {
        var random = new Random(7);
        var merger = new BytePairMerger(64, single: true);
        var rounds = new BytePairMerger(64);
        int differ = 0;
        for (int rank = 0; rank < 60; rank++)
        {
            (int left, int right, int made) = (random.Next(8), random.Next(8), random.Next(8)); // several ways to one symbol
            merger.Add(left, right, rank * 37 % 61, made);
            rounds.Add(left, right, rank * 37 % 61, made);
        }
        for (int trial = 0; trial < 1000; trial++)
        {
            int[] word = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(8))];
            int[] expected = MergeOneByOne(merger, [.. word]), copy = [.. word], other = [.. word];
            Assert.That(word[..merger.MergeShort(word)], Is.EqualTo(expected));
            Assert.That(copy[..merger.MergeLong(copy)], Is.EqualTo(expected));
            differ += other[..rounds.MergeShort(other)].SequenceEqual(expected) ? 0 : 1;
        }
        Assert.That(differ, Is.Positive, "the two ways to merge are not the same");
    }

    [Test]
    public void Added_tokens_may_take_white_space_along_or_be_looked_for_after_normalisation()
    {
        JsonNode json = ReadJson("tok_roberta");
        JsonNode mask = json["added_tokens"]!.AsArray().Single(t => (string?)t!["content"] == "<mask>")!;
        (mask["lstrip"], mask["rstrip"]) = (true, true);
        var tokenizer = new RobertaTokenizer(Write(json));
        Assert.That(tokenizer.Encode("a  <mask>  b"), Is.EqualTo((int[])[.. tokenizer.Encode("a"), 999, .. tokenizer.Encode("b")]));
        Assert.That(tokenizer.Encode("<mask> <mask>"), Is.EqualTo(new[] { 999, 999 }));

        json = ReadJson("tok_clip");
        json["added_tokens"]![0]!["normalized"] = true;
        var other = new HuggingFaceClipTokenizer(Write(json));
        Assert.That(other.Encode("<|STARTOFTEXT|>a<|endoftext|>"), Is.EqualTo((int[])[1022, .. other.Encode("a"), 1023]));
    }

    [TestCase("model.type", "\"Unigram\"", "BPE")]
    [TestCase("model.dropout", "0.1", "dropout")]
    [TestCase("model.byte_fallback", "true", "byte_fallback")]
    [TestCase("model.ignore_merges", "true", "ignore_merges")]
    [TestCase("model.continuing_subword_prefix", "\"##\"", "continuing_subword_prefix")]
    [TestCase("model.end_of_word_suffix", "\"</w>\"", "end_of_word_suffix")]
    [TestCase("model.end_of_word_suffix", "7", "end_of_word_suffix")]
    [TestCase("model.vocab", "[]", "\"vocab\"")]
    [TestCase("model.vocab.a", "-1", "an id for \"a\"")]
    [TestCase("model.vocab.a", "1e99", "an id for \"a\"")]
    [TestCase("model.vocab.a", "67", "one name per id")]
    [TestCase("model.vocab.hole", "5000", "id 5000")]
    [TestCase("model.merges", "null", "\"merges\"")]
    [TestCase("model.merges.0", "\"i n n\"", "two symbols as merge 0")]
    [TestCase("model.merges.1", "[\"i\"]", "two symbols as merge 1")]
    [TestCase("model.merges.2", "[\"i\", \"\"]", "two symbols as merge 2")]
    [TestCase("model.merges.3", "[\"zz\", \"qq\"]", "as merge 3")]
    [TestCase("model.merges.4", "[\"\\ud800\", \"a\"]", "whole characters")]
    [TestCase("model", "3", "\"model\"")]
    [TestCase("pre_tokenizer", "null", "ByteLevel")]
    [TestCase("pre_tokenizer.add_prefix_space", "true", "add_prefix_space")]
    [TestCase("normalizer", "{\"type\": \"Lowercase\"}", "no normalizer")]
    [TestCase("added_tokens", "{}", "\"added_tokens\"")]
    [TestCase("added_tokens.0", "{\"id\": 0}", "\"content\" and \"id\"")]
    [TestCase("added_tokens.0", "5", "an object")]
    [TestCase("added_tokens.0.id", "17", "one id for \"<s>\"")]
    [TestCase("added_tokens.0.single_word", "true", "single_word")]
    public void A_tokenizer_file_that_is_damaged_or_of_another_kind_is_refused(string place, string value, string message)
    {
        JsonNode json = ReadJson("tok_roberta"), parent = json;
        string[] names = place.Split('.');
        foreach (string name in names[..^1])
        {
            parent = int.TryParse(name, out int index) ? parent[index]! : parent[name]!;
        }
        string text;
        if (value.Contains("\\u", StringComparison.Ordinal))
        {
            parent[int.Parse(names[^1])] = "PLACE"; // JsonNode would not write half a surrogate pair
            text = json.ToJsonString().Replace("\"PLACE\"", value);
        }
        else
        {
            JsonNode? node = JsonNode.Parse(value);
            if (int.TryParse(names[^1], out int last))
            {
                parent[last] = node;
            }
            else
            {
                parent[names[^1]] = node;
            }
            text = json.ToJsonString();
        }
        string path = Path.Combine(folder, "tokenizer.json");
        File.WriteAllText(path, text);
        Assert.That(() => RobertaTokenizer.Load(folder), Throws.TypeOf<FileFormatException>().With.Message.Contains(message).And.Message.Contains(path));
    }

    [Test]
    public void The_tokenizers_do_not_take_each_others_files()
    {
        Assert.That(() => RobertaTokenizer.Load(Goldens.Path("hf/tok_clip")), Throws.TypeOf<FileFormatException>().With.Message.Contains("<s>"));
        Assert.That(() => HuggingFaceClipTokenizer.Load(Goldens.Path("hf/tok_roberta")), Throws.TypeOf<FileFormatException>().With.Message.Contains("<|startoftext|>"));
        JsonNode json = ReadJson("tok_clip");
        json["normalizer"] = null;
        Assert.That(() => new HuggingFaceClipTokenizer(Write(json)), Throws.TypeOf<FileFormatException>().With.Message.Contains("lowers the case"));
    }

    [TestCase("{\"a\": 0, \"a\": 1}", "", "twice")]
    [TestCase("{\"a\": 0, \"b\": 2}", "", "id 2")]
    [TestCase("{\"a\": 0, \"b\": 0}", "", "one name per id")]
    [TestCase("{\"a\": \"0\"}", "", "an id for")]
    [TestCase("{\"\\ud800\": 0}", "", "whole characters")]
    [TestCase("[]", "", "a JSON object")]
    [TestCase("{\"a\": 0", "", "JSON in line 1")]
    [TestCase("", "", "JSON in line 1")]
    [TestCase("{\"a\": 0, \"b\": 1}", "#version: 0.2\na b\n", "in line 2")]
    [TestCase("{\"a\": 0, \"b\": 1}", "#version: 0.2\n\na c\n", "in line 3")]
    [TestCase("{\"a\": 0, \"b\": 1, \"ab\": 2}", "a b", "a token \"<s>\"")]
    [TestCase("{\"<s>\": 0, \"<pad>\": 1, \"</s>\": 2}", "", "a token \"!\"")]
    public void A_damaged_pair_of_files_is_refused(string vocabulary, string merges, string message)
    {
        File.WriteAllText(Path.Combine(folder, "vocab.json"), vocabulary);
        File.WriteAllText(Path.Combine(folder, "merges.txt"), merges);
        Assert.That(() => RobertaTokenizer.Load(folder), Throws.TypeOf<FileFormatException>().With.Message.Contains(message).And.Message.Contains(folder));
    }

    [Test]
    public void A_folder_without_the_files_and_a_file_that_is_too_large_are_refused()
    {
        File.WriteAllText(Path.Combine(folder, "vocab.json"), "{}");
        Assert.That(() => RobertaTokenizer.Load(folder), Throws.TypeOf<FileFormatException>().With.Message.Contains("merges.txt"));
        using (FileStream large = File.Create(Path.Combine(folder, "tokenizer.json")))
        {
            large.SetLength((64 << 20) + 1);
        }
        Assert.That(() => RobertaTokenizer.Load(folder), Throws.TypeOf<FileFormatException>().With.Message.Contains("at most 67108864"));
    }

    [Test]
    public void Mutated_files_are_read_or_refused_but_never_break_anything()
    {
        byte[] original = File.ReadAllBytes(Goldens.Path("hf/tok_clip/tokenizer.json"));
        byte[] structure = [.. "\"\\0129{}[],:-eudD ft\0"u8, 0xFF]; // quotes, digits, braces, escapes
        string path = Path.Combine(folder, "tokenizer.json");
        var random = new Random(11);
        int refused = 0;
        for (int trial = 0; trial < 150; trial++)
        {
            byte[] bytes = random.Next(4) == 0 ? original[..random.Next(original.Length)] : [.. original];
            for (int n = random.Next(1, 4); n > 0 && bytes.Length > 0; n--)
            {
                bytes[random.Next(bytes.Length)] = structure[random.Next(structure.Length)];
            }
            File.WriteAllBytes(path, bytes);
            try
            {
                _ = new HuggingFaceClipTokenizer(BytePairVocabulary.ReadTokenizer(path)).Encode("a dog barks <|endoftext|>");
            }
            catch (FileFormatException e)
            {
                Assert.That(e.Message, Does.Contain(path));
                refused++;
            }
        }
        Assert.That(refused, Is.InRange(75, 149));
    }

    [Test]
    public void Ids_outside_the_vocabulary_cannot_be_decoded()
    {
        Assert.That(() => roberta.Decode([1000]), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1000"));
        Assert.That(() => clip.Decode([-1]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(roberta.Decode([0, 999, 2]), Is.EqualTo("<s><mask></s>"));
    }

    /// <summary>The plainest way: look for the leftmost pair of lowest rank, merge it, look again.</summary>
    private static int[] MergeOneByOne(BytePairMerger merger, List<int> symbols)
    {
        while (true)
        {
            (int Rank, int At, int Made) best = (int.MaxValue, 0, 0);
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (merger.TryGet(symbols[i], symbols[i + 1], out int rank, out int made) && rank < best.Rank)
                {
                    best = (rank, i, made);
                }
            }
            if (best.Rank == int.MaxValue)
            {
                return [.. symbols];
            }
            symbols[best.At] = best.Made;
            symbols.RemoveAt(best.At + 1);
        }
    }

    private static JsonNode ReadJson(string name) => JsonNode.Parse(File.ReadAllText(Goldens.Path($"hf/{name}/tokenizer.json")))!;

    private BytePairVocabulary Write(JsonNode json)
    {
        string path = Path.Combine(folder, "tokenizer.json");
        File.WriteAllText(path, json.ToJsonString());
        return BytePairVocabulary.ReadTokenizer(path);
    }
}
