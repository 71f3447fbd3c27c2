using System.Text;
using System.Text.Json;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Text;

/// <summary>
/// A byte-pair vocabulary as Hugging Face writes it: tokenizer.json, or vocab.json ({"name": id}) beside merges.txt ("left right"
/// per line). Names are in <see cref="ByteSymbols"/>' alphabet. Everything is checked when it is read: ids are 0, 1, 2, ... without
/// holes, and what merges join and make exists.
/// </summary>
public sealed class BytePairVocabulary
{
    public const string TokenizerFile = "tokenizer.json";
    public const string VocabularyFile = "vocab.json";
    public const string MergesFileName = "merges.txt";

    private const string Remedy = "Use the tokenizer files that belong to the model.";

    private readonly Dictionary<string, int> ids;
    private readonly List<BytePairMerge> merges = [];

    private BytePairVocabulary(string path, Dictionary<string, int> ids, IReadOnlyList<AddedToken> added)
    {
        (Path, this.ids, Added) = (path, ids, added);
        Tokens = InOrder(ids, path);
    }

    /// <summary>The file that it was read from.</summary>
    public string Path { get; }

    /// <summary>Names by id.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The first is the most urgent.</summary>
    public IReadOnlyList<BytePairMerge> Merges => merges;

    /// <summary>As tokenizer.json lists them; empty if it was not there.</summary>
    public IReadOnlyList<AddedToken> Added { get; }

    /// <summary>"end_of_word_suffix" of tokenizer.json; null if it was not there.</summary>
    public string? EndOfWord { get; private init; }

    /// <summary>Whether tokenizer.json lowers the case of texts; null if it was not there.</summary>
    public bool? LowerCase { get; private init; }

    /// <summary>The files of a folder that <see cref="Load"/> reads.</summary>
    /// <exception cref="FileFormatException">There are none.</exception>
    public static IReadOnlyList<string> Files(string folder)
    {
        string[] one = [TokenizerFile], two = [VocabularyFile, MergesFileName];
        foreach (string[] set in new[] { one, two })
        {
            string[] paths = [.. set.Select(name => System.IO.Path.Combine(folder, name))];
            if (paths.All(File.Exists))
            {
                return paths;
            }
        }
        throw new FileFormatException(folder, 0, $"{TokenizerFile}, or {VocabularyFile} and {MergesFileName}", "neither in this folder", Remedy);
    }

    /// <summary>tokenizer.json of a folder if there is one, else vocab.json and merges.txt.</summary>
    /// <exception cref="FileFormatException">The files are missing or damaged, or describe another kind of tokenizer.</exception>
    public static BytePairVocabulary Load(string folder)
    {
        IReadOnlyList<string> files = Files(folder);
        return files.Count == 1 ? ReadTokenizer(files[0]) : ReadPair(files[0], files[1]);
    }

    /// <exception cref="FileFormatException">A file is damaged, or they do not belong together.</exception>
    public static BytePairVocabulary ReadPair(string vocabularyPath, string mergesPath)
    {
        Dictionary<string, int> ids = JsonFile.Read(vocabularyPath, Remedy, json => TokenizerJson.Ids(json, json.Root));
        var vocabulary = new BytePairVocabulary(vocabularyPath, ids, []);
        MergesFile file = MergesFile.Read(mergesPath);
        for (int i = 0; i < file.Count; i++)
        {
            if (!vocabulary.TryAdd(file.Left(i), file.Right(i)))
            {
                throw file.Bad(i, $"symbols of {vocabularyPath}, and their join in it,");
            }
        }
        return vocabulary;
    }

    /// <exception cref="FileFormatException">The file is damaged or describes another kind of tokenizer.</exception>
    public static BytePairVocabulary ReadTokenizer(string path) => JsonFile.Read(path, Remedy, json =>
    {
        TokenizerJson.Check(json);
        JsonElement model = json.Object(json.Root, "model");
        Dictionary<string, int> ids = TokenizerJson.Ids(json, json.Object(model, "vocab"));
        List<AddedToken> added = TokenizerJson.Added(json, ids);
        var vocabulary = new BytePairVocabulary(path, ids, added)
        {
            EndOfWord = json.Text(model, "end_of_word_suffix") ?? "",
            LowerCase = TokenizerJson.LowersCase(json),
        };
        int i = 0;
        foreach ((string left, string right) in TokenizerJson.Merges(json, model))
        {
            if (!vocabulary.TryAdd(left, right))
            {
                throw json.Bad($"symbols of the vocabulary, and their join in it, as merge {i}", $"\"{left}\" and \"{right}\"");
            }
            i++;
        }
        return vocabulary;
    });

    /// <summary>The id of a name that must be there.</summary>
    /// <exception cref="FileFormatException">It is not.</exception>
    public int Require(string name) =>
        ids.TryGetValue(name, out int id) ? id : throw new FileFormatException(Path, 0, $"a token \"{name}\"", $"{ids.Count} others", Remedy);

    /// <summary>The bytes that tokens stand for; a name with other characters stands for itself.</summary>
    internal byte[] Bytes(ReadOnlySpan<int> tokens)
    {
        List<byte> bytes = [];
        foreach (int id in tokens)
        {
            if ((uint)id >= (uint)Tokens.Count)
            {
                throw new ArgumentOutOfRangeException(nameof(tokens), id, $"Ids are below {Tokens.Count}.");
            }
            string name = Tokens[id];
            if (name.All(c => ByteSymbols.ByteOfName(c) >= 0))
            {
                bytes.AddRange(name.Select(c => (byte)ByteSymbols.ByteOfName(c)));
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(name));
            }
        }
        return [.. bytes];
    }

    /// <summary>The added tokens of tokenizer.json, or else those of the names that have ids.</summary>
    internal IReadOnlyList<AddedToken> AddedOr(IEnumerable<string> names) =>
        Added.Count > 0 ? Added : [.. names.Where(ids.ContainsKey).Select(name => new AddedToken(ids[name], name))];

    /// <param name="endOfWord">What the name of a piece's last byte ends with, or nothing.</param>
    /// <exception cref="FileFormatException">A byte has no such name.</exception>
    internal BytePairEncoder CreateEncoder(string endOfWord)
    {
        var merger = new BytePairMerger(merges.Count, single: true);
        for (int i = 0; i < merges.Count; i++)
        {
            merger.Add(merges[i].Left, merges[i].Right, i, merges[i].Merged);
        }
        int[] within = new int[ByteSymbols.Count], last = new int[ByteSymbols.Count];
        for (int i = 0; i < ByteSymbols.Count; i++)
        {
            within[ByteSymbols.ByteOf[i]] = Require(ByteSymbols.Names[i].ToString());
            last[ByteSymbols.ByteOf[i]] = Require(ByteSymbols.Names[i] + endOfWord);
        }
        return new BytePairEncoder(merger, within, last);
    }

    private bool TryAdd(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        var idOf = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        bool known = idOf.TryGetValue(left, out int a) & idOf.TryGetValue(right, out int b) & ids.TryGetValue(string.Concat(left, right), out int joined);
        if (known)
        {
            merges.Add(new BytePairMerge(a, b, joined));
        }
        return known;
    }

    private static string[] InOrder(Dictionary<string, int> ids, string path)
    {
        string?[] tokens = new string?[ids.Count];
        foreach ((string name, int id) in ids)
        {
            if (id >= tokens.Length)
            {
                throw new FileFormatException(path, 0, $"{ids.Count} ids from 0 to {ids.Count - 1}", $"id {id} of \"{name}\"", Remedy);
            }
            if (tokens[id] is { } other)
            {
                throw new FileFormatException(path, 0, "one name per id", $"\"{other}\" and \"{name}\" for {id}", Remedy);
            }
            tokens[id] = name;
        }
        return tokens!; // as many names as places, none twice: none is empty
    }
}
