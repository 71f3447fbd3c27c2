using System.Text.Json;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Text;

/// <summary>The parts of Hugging Face's tokenizer.json, of which only byte-level BPE as CLIP's and RoBERTa's is taken.</summary>
internal static class TokenizerJson
{
    /// <summary>Refuses options that other code would have to honour.</summary>
    public static void Check(JsonFile json)
    {
        JsonElement model = json.Object(json.Root, "model");
        json.Expect(model, "type", "BPE");
        foreach (string option in new[] { "dropout", "byte_fallback", "ignore_merges" })
        {
            if (model.TryGetProperty(option, out JsonElement value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False))
            {
                throw json.Bad($"no \"{option}\", which this tokenizer does not know", JsonFile.Shorten(value));
            }
        }
        if (json.Text(model, "continuing_subword_prefix") is { Length: > 0 } prefix)
        {
            throw json.Bad("no \"continuing_subword_prefix\", which this tokenizer does not know", prefix);
        }
        if (!json.Root.TryGetProperty("pre_tokenizer", out JsonElement cutter) || !HasType(cutter, "ByteLevel"))
        {
            throw json.Bad("a pre_tokenizer of type ByteLevel", cutter.ValueKind == JsonValueKind.Undefined ? "none" : JsonFile.Shorten(cutter));
        }
        if (cutter.ValueKind == JsonValueKind.Object && JsonFile.Flag(cutter, "add_prefix_space"))
        {
            throw json.Bad("\"add_prefix_space\": false", "true");
        }
    }

    /// <summary>{"name": id}.</summary>
    public static Dictionary<string, int> Ids(JsonFile json, JsonElement vocabulary)
    {
        Dictionary<string, int> ids = [];
        foreach (JsonProperty property in vocabulary.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out int id) || id < 0)
            {
                throw json.Bad($"an id for \"{property.Name}\"", JsonFile.Shorten(property.Value));
            }
            if (!ids.TryAdd(property.Name, id))
            {
                throw json.Bad("each name once", $"\"{property.Name}\" twice");
            }
        }
        return ids;
    }

    /// <summary>The added tokens; those that are not in the vocabulary join it.</summary>
    public static List<AddedToken> Added(JsonFile json, Dictionary<string, int> ids)
    {
        List<AddedToken> added = [];
        foreach (JsonElement token in json.Array(json.Root, "added_tokens"))
        {
            string content = json.Text(token, "content") ?? "";
            if (content.Length == 0 || !token.TryGetProperty("id", out JsonElement value) || value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int id))
            {
                throw json.Bad("\"content\" and \"id\" of each added token", JsonFile.Shorten(token));
            }
            if (JsonFile.Flag(token, "single_word"))
            {
                throw json.Bad("no \"single_word\" tokens, which this tokenizer does not know", $"\"{content}\"");
            }
            if (!ids.TryAdd(content, id) && ids[content] != id)
            {
                throw json.Bad($"one id for \"{content}\"", $"{ids[content]} and {id}");
            }
            added.Add(new AddedToken(id, content, JsonFile.Flag(token, "normalized"), JsonFile.Flag(token, "lstrip"), JsonFile.Flag(token, "rstrip")));
        }
        return added;
    }

    /// <summary>As pairs ["a", "b"] or, before tokenizers 0.20, as strings "a b".</summary>
    public static IEnumerable<(string Left, string Right)> Merges(JsonFile json, JsonElement model)
    {
        int i = 0;
        foreach (JsonElement merge in json.Array(model, "merges"))
        {
            string[] parts = merge.ValueKind == JsonValueKind.Array
                ? [.. merge.EnumerateArray().Select(part => JsonFile.Text(part) ?? "")]
                : (JsonFile.Text(merge) ?? "").Split(' ');
            if (parts is not [{ Length: > 0 } left, { Length: > 0 } right])
            {
                throw json.Bad($"two symbols as merge {i}", JsonFile.Shorten(merge));
            }
            yield return (left, right);
            i++;
        }
    }

    /// <summary>Whether the normalizer lowers the case.</summary>
    public static bool LowersCase(JsonFile json) => json.Root.TryGetProperty("normalizer", out JsonElement normalizer) && HasType(normalizer, "Lowercase");

    /// <summary>Whether an element, or one of a sequence of them, is of that type.</summary>
    private static bool HasType(JsonElement element, string type) => element.ValueKind switch
    {
        JsonValueKind.Object => (element.TryGetProperty("type", out JsonElement own) && own.ValueKind == JsonValueKind.String && own.ValueEquals(type))
            || (element.TryGetProperty("normalizers", out JsonElement normalizers) && HasType(normalizers, type))
            || (element.TryGetProperty("pretokenizers", out JsonElement cutters) && HasType(cutters, type)),
        JsonValueKind.Array => element.EnumerateArray().Any(e => HasType(e, type)),
        _ => false,
    };
}
