using System.Runtime.InteropServices;
using System.Text;
using SoundSearch.Engine.Text;

namespace SoundSearch.Training.Tokenizer;

/// <summary>
/// Learns the merges of a <see cref="ClipTokenizer"/> (Sennrich et al. 2016, algorithm 1): words are counted once, then the most
/// frequent pair is merged again and again with incremental counts. Deterministic: of equally frequent pairs the first in ordinal
/// order of (left, right) is taken.
/// </summary>
public static class BpeTrainer
{
    /// <summary>Ids of a vocabulary that are no merges: 256 bytes twice, start and end of text.</summary>
    public const int BaseVocabulary = (2 * ByteSymbols.Count) + 2;

    /// <summary>Merges in order of rank, for a vocabulary of the given size; fewer when no pair occurs <paramref name="minimumCount"/> times any more.</summary>
    public static IReadOnlyList<(string Left, string Right)> Train(IEnumerable<string> texts, int vocabularySize = 12_000, int minimumCount = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, BaseVocabulary);
        return new Learner(CountWords(texts)).Learn(vocabularySize - BaseVocabulary, minimumCount);
    }

    /// <summary>Writes a file that <see cref="ClipTokenizer.Load"/> reads.</summary>
    public static void Write(string path, IEnumerable<(string Left, string Right)> merges)
    {
        string temporary = path + ".tmp";
        File.WriteAllText(temporary, "#version: 0.2\n" + string.Concat(merges.Select(m => $"{m.Left} {m.Right}\n")));
        File.Move(temporary, path, overwrite: true);
    }

    private static Dictionary<string, int> CountWords(IEnumerable<string> texts)
    {
        Dictionary<string, int> counts = [];
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string text in texts)
        {
            string clean = TextCleaner.Clean(text);
            int position = 0;
            while (WordSplitter.Next(clean, ref position) is int length and > 0)
            {
                ReadOnlySpan<char> word = clean.AsSpan(position - length, length);
                if (!word.SequenceEqual(WordSplitter.StartOfText) && !word.SequenceEqual(WordSplitter.EndOfText))
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(lookup, word, out _)++;
                }
            }
        }
        return counts;
    }

    private sealed class Learner
    {
        private readonly List<string> names = [];
        private readonly Dictionary<string, int> ids = [];
        private readonly List<int[]> words = [];
        private readonly List<int> frequencies = [];
        private readonly Dictionary<(int Left, int Right), long> counts = [];
        private readonly Dictionary<(int Left, int Right), List<int>> places = [];
        private readonly PriorityQueue<(int Left, int Right), (long Count, string Left, string Right)> queue = new(
            Comparer<(long Count, string Left, string Right)>.Create((a, b) =>
                a.Count != b.Count ? b.Count.CompareTo(a.Count)
                : string.CompareOrdinal(a.Left, b.Left) is int left and not 0 ? left
                : string.CompareOrdinal(a.Right, b.Right)));

        public Learner(Dictionary<string, int> wordCounts)
        {
            foreach (string end in (string[])["", ByteSymbols.EndOfWord])
            {
                foreach (char name in ByteSymbols.Names)
                {
                    Symbol(name + end);
                }
            }
            foreach ((string word, int frequency) in wordCounts)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(word);
                int[] symbols = [.. bytes.Select(b => (int)ByteSymbols.IdOf[b])];
                symbols[^1] += ByteSymbols.Count;
                int index = words.Count;
                words.Add(symbols);
                frequencies.Add(frequency);
                for (int i = 1; i < symbols.Length; i++)
                {
                    Count((symbols[i - 1], symbols[i]), frequency, index);
                }
            }
            foreach (((int Left, int Right) pair, long count) in counts)
            {
                queue.Enqueue(pair, (count, names[pair.Left], names[pair.Right]));
            }
        }

        public List<(string Left, string Right)> Learn(int limit, int minimumCount)
        {
            List<(string Left, string Right)> merges = [];
            HashSet<(int Left, int Right)> changed = [];
            while (merges.Count < limit && queue.TryDequeue(out (int Left, int Right) pair, out (long Count, string Left, string Right) top))
            {
                long count = counts.GetValueOrDefault(pair);
                if (count != top.Count)
                {
                    continue; // an entry from before the count changed; the change queued a new one
                }
                if (count < minimumCount)
                {
                    break;
                }
                int merged = Symbol(top.Left + top.Right);
                changed.Clear();
                List<int> where = places[pair];
                places.Remove(pair);
                foreach (int word in where)
                {
                    Merge(word, pair, merged, changed);
                }
                changed.Remove(pair);
                counts.Remove(pair);
                merges.Add((top.Left, top.Right));
                foreach ((int Left, int Right) other in changed)
                {
                    if (counts[other] >= minimumCount)
                    {
                        queue.Enqueue(other, (counts[other], names[other.Left], names[other.Right]));
                    }
                }
            }
            return merges;
        }

        private int Symbol(string name)
        {
            if (!ids.TryGetValue(name, out int id))
            {
                id = names.Count;
                ids.Add(name, id);
                names.Add(name);
            }
            return id;
        }

        private void Count((int Left, int Right) pair, long change, int word)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, pair, out _) += change;
            if (change > 0)
            {
                // The same word twice in a row is enough of a check: a second visit finds nothing to merge.
                ref List<int>? list = ref CollectionsMarshal.GetValueRefOrAddDefault(places, pair, out _);
                list ??= [];
                if (list.Count == 0 || list[^1] != word)
                {
                    list.Add(word);
                }
            }
        }

        private void Merge(int word, (int Left, int Right) pair, int merged, HashSet<(int Left, int Right)> changed)
        {
            int[] old = words[word];
            int[] symbols = new int[old.Length];
            int count = 0;
            for (int i = 0; i < old.Length; i++)
            {
                if (i + 1 < old.Length && old[i] == pair.Left && old[i + 1] == pair.Right)
                {
                    symbols[count++] = merged;
                    i++;
                }
                else
                {
                    symbols[count++] = old[i];
                }
            }
            if (count == old.Length)
            {
                return; // listed twice, or another merge took the pair
            }
            Array.Resize(ref symbols, count);
            for (int i = 1; i < old.Length; i++)
            {
                Count((old[i - 1], old[i]), -frequencies[word], word);
                changed.Add((old[i - 1], old[i]));
            }
            for (int i = 1; i < count; i++)
            {
                Count((symbols[i - 1], symbols[i]), frequencies[word], word);
                changed.Add((symbols[i - 1], symbols[i]));
            }
            words[word] = symbols;
        }
    }
}
