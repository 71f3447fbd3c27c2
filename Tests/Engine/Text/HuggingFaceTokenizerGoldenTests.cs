using System.Text.Json;
using SoundSearch.Engine.Text;

namespace SoundSearch.Tests.Engine.Text;

/// <summary>RoBERTa's and CLIP's tokenizers against Hugging Face's, from both forms of their files; every id must agree.</summary>
internal sealed class HuggingFaceTokenizerGoldenTests
{
    private static readonly string[] forms = ["tokenizer.json", "vocab.json"];

    [TestCaseSource(nameof(forms))]
    public void Roberta_has_the_original_ids(string form)
    {
        var tokenizer = new RobertaTokenizer(Read("tok_roberta", form));
        Assert.That((tokenizer.StartToken, tokenizer.PadToken, tokenizer.EndToken, tokenizer.VocabularySize), Is.EqualTo((0, 1, 2, 1000)));
        using JsonDocument cases = Cases("tok_roberta");
        Check(cases, tokenizer.Encode, tokenizer.EncodeWithEnds, ids => tokenizer.Decode(ids), tokenizer.PadToken);
    }

    [TestCaseSource(nameof(forms))]
    public void Clip_has_the_original_ids(string form)
    {
        var tokenizer = new HuggingFaceClipTokenizer(Read("tok_clip", form));
        Assert.That((tokenizer.StartToken, tokenizer.EndToken, tokenizer.VocabularySize), Is.EqualTo((1022, 1023, 1024)));
        using JsonDocument cases = Cases("tok_clip");
        Check(cases, tokenizer.Encode, tokenizer.EncodeWithEnds, ids => tokenizer.Decode(ids), tokenizer.EndToken);
    }

    [TestCase("tok_roberta")]
    [TestCase("tok_clip")]
    public void Both_forms_of_the_files_hold_the_same(string folder)
    {
        BytePairVocabulary one = Read(folder, "tokenizer.json"), two = Read(folder, "vocab.json");
        Assert.That(one.Tokens, Is.EqualTo(two.Tokens));
        Assert.That(one.Merges, Is.EqualTo(two.Merges));
        Assert.That(BytePairVocabulary.Load(Path.GetDirectoryName(one.Path)!).Path, Is.EqualTo(one.Path), "tokenizer.json comes first");
    }

    private static void Check(
        JsonDocument cases, Func<string, int[]> encode, Func<string, int, int[]> encodeRow, Func<int[], string> decode, int pad)
    {
        int compared = 0;
        Assert.Multiple(() =>
        {
            foreach (string list in new[] { "items", "special_in_text" })
            {
                foreach (JsonElement item in cases.RootElement.GetProperty(list).EnumerateArray())
                {
                    string text = item.GetProperty("text").GetString()!;
                    Assert.That(encode(text), Is.EqualTo(Ids(item, "ids")), Show(text));
                    compared++;
                }
            }
            foreach (string list in new[] { "rows77", "rows_longest" })
            {
                if (!cases.RootElement.TryGetProperty(list, out JsonElement rows))
                {
                    continue;
                }
                foreach (JsonElement item in rows.EnumerateArray())
                {
                    string text = item.GetProperty("text").GetString()!;
                    int[] expected = Ids(item, "ids"), row = encodeRow(text, 77);
                    Assert.That(row.Length, Is.EqualTo(Ids(item, "mask").Sum()), Show(text));
                    Assert.That(row.Concat(Enumerable.Repeat(pad, expected.Length - row.Length)), Is.EqualTo(expected), Show(text));
                    compared++;
                }
            }
            foreach (JsonElement item in cases.RootElement.GetProperty("decode").EnumerateArray())
            {
                Assert.That(decode(Ids(item, "ids")), Is.EqualTo(item.GetProperty("text").GetString()));
                compared++;
            }
        });
        Assert.That(compared, Is.GreaterThanOrEqualTo(130));
    }

    private static BytePairVocabulary Read(string folder, string form) => form == "tokenizer.json"
        ? BytePairVocabulary.ReadTokenizer(Goldens.Path($"hf/{folder}/tokenizer.json"))
        : BytePairVocabulary.ReadPair(Goldens.Path($"hf/{folder}/vocab.json"), Goldens.Path($"hf/{folder}/merges.txt"));

    private static JsonDocument Cases(string folder) => JsonDocument.Parse(File.ReadAllBytes(Goldens.Path($"hf/{folder}/cases.json")));

    private static int[] Ids(JsonElement item, string name) => [.. item.GetProperty(name).EnumerateArray().Select(i => i.GetInt32())];

    private static string Show(string text) => string.Join(' ', text.Take(40).Select(c => c is > ' ' and < '\u007F' ? c.ToString() : $"U+{(int)c:X4}"));
}
