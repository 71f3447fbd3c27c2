using SoundSearch.Engine.Text;
using SoundSearch.Training.Tokenizer;

namespace SoundSearch.Tests.Training.Tokenizer;

public class BpeTrainerTests
{
    [Test]
    public void The_most_frequent_pair_comes_first_and_ties_go_by_order()
    {
        // l o: 7, o w</w>: 5, then w e: 2 and e r</w>: 2 ...
        IReadOnlyList<(string, string)> merges = BpeTrainer.Train(["low low low low low", "lower", "Lower"], 514 + 5);
        Assert.That(merges, Is.EqualTo(new[] { ("l", "o"), ("lo", "w</w>"), ("e", "r</w>"), ("lo", "w"), ("low", "er</w>") }));
    }

    [Test]
    public void Incremental_counts_equal_counting_again_after_each_merge()
    {
        var random = new Random(3);
        string[] texts = [.. Enumerable.Range(0, 60).Select(_ => string.Join(' ', Enumerable.Range(0, 8).Select(_ =>
            string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => "aabc"[random.Next(4)])))))];
        Assert.That(BpeTrainer.Train(texts, 514 + 80), Is.EqualTo(Slow(texts, 80)));
    }

    [Test]
    public void Nothing_is_merged_that_occurs_once()
    {
        Assert.That(BpeTrainer.Train(["ab cd"], 1000), Is.Empty);
        Assert.That(BpeTrainer.Train([], 1000), Is.Empty);
        Assert.That(() => BpeTrainer.Train(["a"], 513), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void What_is_written_loads_and_shortens_the_texts()
    {
        string[] texts = ["heavy rain on a tin roof", "heavy rain on gravel", "rain \u00E9t\u00E9 \u00E9t\u00E9"];
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid() + ".txt");
        try
        {
            IReadOnlyList<(string, string)> merges = BpeTrainer.Train(texts);
            BpeTrainer.Write(path, merges);
            ClipTokenizer tokenizer = ClipTokenizer.Load(path);
            Assert.That(tokenizer.VocabularySize, Is.EqualTo(514 + merges.Count));
            Assert.That(tokenizer.Encode("heavy rain"), Has.Length.EqualTo(2));
            Assert.That(tokenizer.Decode(tokenizer.Encode(texts[2])), Is.EqualTo(texts[2] + " "));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static List<(string, string)> Slow(string[] texts, int limit)
    {
        List<string[]> words = [.. texts.SelectMany(t => t.Split(' ')).Select(w => w.Select((c, i) => c + (i == w.Length - 1 ? "</w>" : "")).ToArray())];
        List<(string, string)> merges = [];
        while (merges.Count < limit)
        {
            var best = words.SelectMany(w => w.Zip(w.Skip(1))).GroupBy(p => p).Select(g => (g.Key, Count: g.Count())).Where(g => g.Count > 1)
                .OrderByDescending(g => g.Count).ThenBy(g => g.Key.First, StringComparer.Ordinal).ThenBy(g => g.Key.Second, StringComparer.Ordinal).FirstOrDefault();
            if (best.Count == 0)
            {
                break;
            }
            merges.Add(best.Key);
            for (int i = 0; i < words.Count; i++)
            {
                List<string> next = [];
                for (int j = 0; j < words[i].Length; j++)
                {
                    bool pair = j + 1 < words[i].Length && (words[i][j], words[i][j + 1]) == best.Key;
                    next.Add(pair ? words[i][j] + words[i][++j] : words[i][j]);
                }
                words[i] = [.. next];
            }
        }
        return merges;
    }
}
