using System.Text.Json;

namespace SoundSearch.Engine.Formats;

/// <summary>
/// A JSON file of data that other programs write (tokenizer.json, vocab.json), read by name; what is missing or of another
/// kind is a <see cref="FileFormatException"/>. Settings are a <see cref="HuggingFaceConfig"/>'s.
/// </summary>
internal sealed class JsonFile : IDisposable
{
    private const int MaxBytes = 64 << 20;

    private readonly JsonDocument document;
    private readonly string remedy;

    private JsonFile(string path, JsonDocument document, string remedy) => (Path, this.document, this.remedy) = (path, document, remedy);

    public string Path { get; }

    public JsonElement Root => document.RootElement;

    /// <param name="path">The file.</param>
    /// <param name="remedy">What a user can do if it is bad.</param>
    /// <exception cref="FileFormatException">No JSON object, or more than 64 MiB.</exception>
    public static JsonFile Open(string path, string remedy)
    {
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > MaxBytes)
        {
            throw new FileFormatException(path, 0, $"at most {MaxBytes} bytes of JSON", $"{stream.Length}", remedy);
        }
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(stream);
        }
        catch (JsonException e)
        {
            throw new FileFormatException(path, e.BytePositionInLine ?? 0, $"JSON in line {e.LineNumber + 1}", e.Message, remedy, e);
        }
        var file = new JsonFile(path, document, remedy);
        JsonValueKind kind = document.RootElement.ValueKind;
        if (kind != JsonValueKind.Object)
        {
            document.Dispose();
            throw file.Bad("a JSON object", $"a JSON {kind}");
        }
        return file;
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
    public string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException e)
        {
            throw Bad("a string of whole characters", e.Message); // an escaped half of a surrogate pair
        }
    }

    /// <summary>A member's string; null if it is absent or null.</summary>
    public string? Text(JsonElement parent, string name) =>
        parent.ValueKind != JsonValueKind.Object ? throw Bad("an object", Shorten(parent))
        : !parent.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : Text(value) ?? throw Bad($"a string \"{name}\"", Shorten(value));

    /// <summary>A member's name.</summary>
    public string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw Bad("a name of whole characters", e.Message);
        }
    }

    /// <summary>Whether a member is there and true.</summary>
    public bool Flag(JsonElement parent, string name) => parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <summary>Refuses a member that is not that string.</summary>
    public void Expect(JsonElement parent, string name, string text)
    {
        if (Text(parent, name) is var actual && actual != text)
        {
            throw Bad($"\"{name}\": \"{text}\"", actual is null ? "none" : $"\"{actual}\"");
        }
    }

    public FileFormatException Bad(string expected, string actual) => new(Path, 0, expected, actual, remedy);

    public void Dispose() => document.Dispose();

    internal static string Shorten(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? text[..60] + "..." : value.GetRawText();
}
