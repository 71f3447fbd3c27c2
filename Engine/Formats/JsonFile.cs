using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace SoundSearch.Engine.Formats;

/// <summary>
/// A JSON file of data that other programs write (tokenizer.json, vocab.json), read by name; what is missing or of another
/// kind is a <see cref="FileFormatException"/>. Settings are a <see cref="HuggingFaceConfig"/>'s.
/// </summary>
internal sealed class JsonFile
{
    private const int MaxBytes = 64 << 20;

    private readonly string remedy;

    private JsonFile(string path, JsonElement root, string remedy) => (Path, Root, this.remedy) = (path, root, remedy);

    public string Path { get; }

    public JsonElement Root { get; }

    /// <param name="path">The file.</param>
    /// <param name="remedy">What a user can do if it is bad.</param>
    /// <param name="read">Makes something of it; no element is valid afterwards.</param>
    /// <exception cref="FileFormatException">No JSON object, more than 64 MiB, or what <paramref name="read"/> complains of.</exception>
    public static T Read<T>(string path, string remedy, Func<JsonFile, T> read)
    {
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > MaxBytes)
        {
            throw new FileFormatException(path, 0, $"at most {MaxBytes} bytes of JSON", $"{stream.Length}", remedy);
        }
        try
        {
            using var document = JsonDocument.Parse(ReadText(stream, path, remedy));
            var file = new JsonFile(path, document.RootElement, remedy);
            return file.Root.ValueKind == JsonValueKind.Object ? read(file) : throw file.Bad("a JSON object", $"a JSON {file.Root.ValueKind}");
        }
        catch (JsonException e)
        {
            throw new FileFormatException(path, e.BytePositionInLine ?? 0, $"JSON in line {e.LineNumber + 1}", e.Message, remedy, e);
        }
        catch (InvalidOperationException e)
        {
            // Where a name or a string is read that holds an escaped half of a surrogate pair.
            throw new FileFormatException(path, 0, "strings of whole characters", e.Message, remedy, e);
        }
    }

    /// <summary>A whole file of JSON, without a byte order mark. The parser looks at bytes in strings only when they are asked for.</summary>
    /// <exception cref="FileFormatException">It is not UTF-8.</exception>
    public static ReadOnlyMemory<byte> ReadText(FileStream stream, string path, string remedy)
    {
        byte[] json = new byte[stream.Length];
        stream.ReadExactly(json);
        return Utf8.IsValid(json)
            ? json.AsMemory(json.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0)
            : throw new FileFormatException(path, 0, "text in UTF-8", "other bytes", remedy);
    }

    /// <summary>A member that must be an object.</summary>
    public JsonElement Object(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object
            ? value
            : throw Bad($"an object \"{name}\"", value.ValueKind == JsonValueKind.Undefined ? "none" : Shorten(value));

    /// <summary>The elements of a member that must be an array.</summary>
    public JsonElement.ArrayEnumerator Array(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray()
            : throw Bad($"an array \"{name}\"", value.ValueKind == JsonValueKind.Undefined ? "none" : Shorten(value));

    /// <summary>A string, or null if the element is something else.</summary>
    public static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A member's string; null if it is absent or null.</summary>
    public string? Text(JsonElement parent, string name) =>
        parent.ValueKind != JsonValueKind.Object ? throw Bad("an object", Shorten(parent))
        : !parent.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : Text(value) ?? throw Bad($"a string \"{name}\"", Shorten(value));

    /// <summary>Whether a member is there and true.</summary>
    public static bool Flag(JsonElement parent, string name) => parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <summary>Refuses a member that is not that string.</summary>
    public void Expect(JsonElement parent, string name, string text)
    {
        if (Text(parent, name) is var actual && actual != text)
        {
            throw Bad($"\"{name}\": \"{text}\"", actual is null ? "none" : $"\"{actual}\"");
        }
    }

    public FileFormatException Bad(string expected, string actual) => new(Path, 0, expected, actual, remedy);

    internal static string Shorten(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? text[..60] + "..." : value.GetRawText();
}
