using System.Text.Json;
using SoundSearch.Engine.Text;

namespace SoundSearch.Tests.Engine.Text;

/// <summary>golden/tokenizer.json: the original SimpleTokenizer with ftfy 6.0.3 on captions and on hard cases.</summary>
public class ClipTokenizerGoldenTests
{
    private static readonly string vocabulary = Goldens.Path("clip/bpe_simple_vocab_16e6.txt.gz");
    private static readonly Lazy<ClipTokenizer> tokenizer = new(() => ClipTokenizer.Load(vocabulary));
    private static readonly Lazy<JsonDocument> golden = new(() => JsonDocument.Parse(File.ReadAllBytes(Goldens.Path("tokenizer.json"))));

    [Test]
    public void The_vocabulary_has_the_original_size()
    {
        Assert.That(tokenizer.Value.VocabularySize, Is.EqualTo(49408));
        Assert.That((tokenizer.Value.StartToken, tokenizer.Value.EndToken), Is.EqualTo((49406, 49407)));
    }

    [Test]
    public void All_strings_have_the_original_ids()
    {
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement item in golden.Value.RootElement.GetProperty("items").EnumerateArray())
        {
            count++;
            string text = item.GetProperty("text").GetString()!;
            int[] expected = Ids(item.GetProperty("ids"));
            int[] actual = tokenizer.Value.Encode(text);
            if (!actual.SequenceEqual(expected))
            {
                wrong.Add($"{JsonSerializer.Serialize(text)}: '{tokenizer.Value.Decode(expected)}' became '{tokenizer.Value.Decode(actual)}'");
            }
        }
        Assert.That(count, Is.EqualTo(1571));
        Assert.That(wrong, Is.Empty, string.Join('\n', wrong));
    }

    [Test]
    public void Texts_over_the_context_are_those_that_the_original_refuses()
    {
        int refused = 0;
        foreach (JsonElement item in golden.Value.RootElement.GetProperty("items").EnumerateArray())
        {
            bool tooLong = item.TryGetProperty("too_long", out JsonElement flag) && flag.ValueKind == JsonValueKind.True;
            int length = item.GetProperty("ids").GetArrayLength() + 2;
            Assert.That(length > 77, Is.EqualTo(tooLong));
            Assert.That(tokenizer.Value.EncodeWithEnds(item.GetProperty("text").GetString()!, 77), Has.Length.EqualTo(Math.Min(length, 77)));
            refused += tooLong ? 1 : 0;
        }
        Assert.That(refused, Is.GreaterThan(0));
    }

    [Test]
    public void Rows_of_77_are_framed_and_cut_as_in_the_original()
    {
        int rows = 0;
        foreach (JsonElement row in golden.Value.RootElement.GetProperty("rows77_truncate_true").EnumerateArray())
        {
            int[] expected = Ids(row.GetProperty("row"));
            int[] actual = tokenizer.Value.EncodeWithEnds(row.GetProperty("text").GetString()!, expected.Length);
            Array.Resize(ref actual, expected.Length);
            Assert.That(actual, Is.EqualTo(expected));
            rows++;
        }
        Assert.That(rows, Is.EqualTo(6));
    }

    [Test]
    public void Ids_decode_to_the_original_text()
    {
        foreach (JsonElement item in golden.Value.RootElement.GetProperty("decode").EnumerateArray())
        {
            Assert.That(tokenizer.Value.Decode(Ids(item.GetProperty("ids"))), Is.EqualTo(item.GetProperty("text").GetString()));
        }
    }

    [Test]
    public void The_large_vocabulary_loads_quickly()
    {
        long best = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            TimeSpan start = Environment.CpuUsage.TotalTime; // not the clock: others may be busy
            ClipTokenizer.Load(vocabulary);
            best = Math.Min(best, (long)(Environment.CpuUsage.TotalTime - start).TotalMilliseconds);
        }
        TestContext.Out.WriteLine($"{best} ms");
        Assert.That(best, Is.LessThan(500), "60 ms are usual in Release");
    }

    private static int[] Ids(JsonElement element) => [.. element.EnumerateArray().Select(id => id.GetInt32())];
}
