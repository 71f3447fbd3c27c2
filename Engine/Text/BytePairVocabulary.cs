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
        using JsonFile json = JsonFile.Open(vocabularyPath, Remedy);
        var vocabulary = new BytePairVocabulary(vocabularyPath, ReadIds(json, json.Root), []);
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
    public static BytePairVocabulary ReadTokenizer(string path)
    {
        using JsonFile json = JsonFile.Open(path, Remedy);
        JsonElement model = json.Object(json.Root, "model");
        json.Expect(model, "type", "BPE");
        foreach (string option in new[] { "dropout", "byte_fallback", "ignore_merges" })
        {
            if (model.TryGetProperty(option, out JsonElement value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False))
            {
                throw json.Bad($"no \"{option}\", which this tokenizer does not know", value.GetRawText());
            }
        }
        if (json.Text(model, "continuing_subword_prefix") is { Length: > 0 } prefix)
        {
            throw json.Bad("no \"continuing_subword_prefix\", which this tokenizer does not know", prefix);
        }
        CheckPrefixSpace(json);
        Dictionary<string, int> ids = ReadIds(json, json.Object(model, "vocab"));
        List<AddedToken> added = ReadAdded(json, ids);
        var vocabulary = new BytePairVocabulary(path, ids, added)
        {
            EndOfWord = json.Text(model, "end_of_word_suffix") ?? "",
            LowerCase = json.Root.TryGetProperty("normalizer", out JsonElement normalizer) && HasType(normalizer, "Lowercase"),
        };
        vocabulary.AddMerges(json, model);
        return vocabulary;
    }

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

    // As pairs ["a", "b"] or, before tokenizers 0.20, as strings "a b".
    private void AddMerges(JsonFile json, JsonElement model)
    {
        int i = 0;
        foreach (JsonElement merge in json.Array(model, "merges"))
        {
            (string left, string right) = ("", "");
            if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2)
            {
                (left, right) = (json.Text(merge[0]) ?? "", json.Text(merge[1]) ?? "");
            }
            else if (json.Text(merge)?.Split(' ') is [string a, string b])
            {
                (left, right) = (a, b);
            }
            if (left.Length == 0 || right.Length == 0)
            {
                throw json.Bad($"two symbols as merge {i}", JsonFile.Shorten(merge));
            }
            if (!TryAdd(left, right))
            {
                throw json.Bad($"symbols of the vocabulary, and their join in it, as merge {i}", JsonFile.Shorten(merge));
            }
            i++;
        }
    }

    private static Dictionary<string, int> ReadIds(JsonFile json, JsonElement vocabulary)
    {
        if (vocabulary.ValueKind != JsonValueKind.Object)
        {
            throw json.Bad("an object of names and ids", JsonFile.Shorten(vocabulary));
        }
        Dictionary<string, int> ids = [];
        foreach (JsonProperty property in vocabulary.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out int id) || id < 0)
            {
                throw json.Bad($"an id for \"{json.Name(property)}\"", JsonFile.Shorten(property.Value));
            }
            if (!ids.TryAdd(json.Name(property), id))
            {
                throw json.Bad("each name once", $"\"{json.Name(property)}\" twice");
            }
        }
        return ids;
    }

    private static List<AddedToken> ReadAdded(JsonFile json, Dictionary<string, int> ids)
    {
        List<AddedToken> added = [];
        foreach (JsonElement token in json.Array(json.Root, "added_tokens"))
        {
            string content = json.Text(token, "content") ?? "";
            if (content.Length == 0 || !token.TryGetProperty("id", out JsonElement value) || value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int id))
            {
                throw json.Bad("\"content\" and \"id\" of each added token", JsonFile.Shorten(token));
            }
            if (json.Flag(token, "single_word"))
            {
                throw json.Bad("no \"single_word\" tokens, which this tokenizer does not know", $"\"{content}\"");
            }
            if (!ids.TryAdd(content, id) && ids[content] != id)
            {
                throw json.Bad($"one id for \"{content}\"", $"{ids[content]} and {id}");
            }
            added.Add(new AddedToken(id, content, json.Flag(token, "normalized"), json.Flag(token, "lstrip"), json.Flag(token, "rstrip")));
        }
        return added;
    }

    private static void CheckPrefixSpace(JsonFile json)
    {
        if (!json.Root.TryGetProperty("pre_tokenizer", out JsonElement cutter) || !HasType(cutter, "ByteLevel"))
        {
            throw json.Bad("a pre_tokenizer of type ByteLevel", cutter.ValueKind == JsonValueKind.Undefined ? "none" : JsonFile.Shorten(cutter));
        }
        if (cutter.TryGetProperty("add_prefix_space", out JsonElement space) && space.ValueKind == JsonValueKind.True)
        {
            throw json.Bad("\"add_prefix_space\": false", "true");
        }
    }

    /// <summary>Whether an element, or one of a sequence of them, is of that type.</summary>
    private static bool HasType(JsonElement element, string type) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Any(p => p.Name switch
        {
            "type" => p.Value.ValueKind == JsonValueKind.String && p.Value.ValueEquals(type),
            "normalizers" or "pretokenizers" => HasType(p.Value, type),
            _ => false,
        }),
        JsonValueKind.Array => element.EnumerateArray().Any(e => e.ValueKind == JsonValueKind.Object && HasType(e, type)),
        _ => false,
    };

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
