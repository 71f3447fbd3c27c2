using System.Text.Json;

namespace SoundSearch.Engine.Formats;

/// <summary>
/// A JSON file of settings as Hugging Face's models have them (config.json, preprocessor_config.json), or one of its sections.
/// A setting that is absent, or null, has the default of the code that it belongs to: the caller names it.
/// </summary>
public sealed class HuggingFaceConfig
{
    private const long MaxBytes = 16 << 20;

    private readonly JsonElement values;
    private readonly string prefix; // "audio_config." in that section

    private HuggingFaceConfig(string path, JsonElement values, string prefix) => (Path, this.values, this.prefix) = (path, values, prefix);

    public string Path { get; }

    /// <exception cref="FileFormatException">The file is no JSON object.</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    public static HuggingFaceConfig Open(string path)
    {
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > MaxBytes)
        {
            throw Bad(path, $"settings of at most {MaxBytes} bytes", $"{stream.Length} bytes");
        }
        ReadOnlyMemory<byte> json = JsonFile.ReadText(stream, path, Remedy);
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new HuggingFaceConfig(path, document.RootElement.Clone(), "")
                : throw Bad(path, "a JSON object of settings", $"a JSON {document.RootElement.ValueKind}");
        }
        catch (JsonException e)
        {
            throw new FileFormatException(path, e.BytePositionInLine ?? 0, "a JSON object of settings", e.Message, Remedy, e);
        }
    }

    /// <summary>An object inside this one.</summary>
    /// <exception cref="FileFormatException">There is none of that name.</exception>
    public HuggingFaceConfig Section(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Object } section
            ? new HuggingFaceConfig(Path, section, $"{prefix}{name}.")
            : throw Wrong(name, "an object");

    /// <exception cref="FileFormatException">It is no whole number, or it is absent and has no default.</exception>
    public int Int(string name, int? otherwise = null) =>
        Find(name) is not { } value ? otherwise ?? throw Wrong(name, "a whole number")
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number
        : throw Wrong(name, "a whole number");

    /// <exception cref="FileFormatException">It is no list of whole numbers, or it is absent and has no default.</exception>
    public int[] Ints(string name, int[]? otherwise = null)
    {
        if (Find(name) is not { } value)
        {
            return otherwise ?? throw Wrong(name, "a list of whole numbers");
        }
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out _))
            ? [.. value.EnumerateArray().Select(v => v.GetInt32())]
            : throw Wrong(name, "a list of whole numbers");
    }

    /// <exception cref="FileFormatException">It is no number, or it is absent and has no default.</exception>
    public double Number(string name, double? otherwise = null) =>
        Find(name) is not { } value ? otherwise ?? throw Wrong(name, "a number")
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number
        : throw Wrong(name, "a number");

    /// <exception cref="FileFormatException">It is neither true nor false, or it is absent and has no default.</exception>
    public bool Flag(string name, bool? otherwise = null) => Find(name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        null => otherwise ?? throw Wrong(name, "true or false"),
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>A string; null if it is absent.</summary>
    /// <exception cref="FileFormatException">It is there and is no string.</exception>
    public string? Text(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(name, "a string");
        }
        catch (InvalidOperationException)
        {
            throw Wrong(name, "a string of whole characters"); // "\ud800", half of one
        }
    }

    /// <summary>Whether a setting is there and is not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>For a setting that asks for what is not supported.</summary>
    /// <param name="name">Of the setting.</param>
    /// <param name="expected">What is supported.</param>
    public FileFormatException Wrong(string name, string expected)
    {
        string actual = Find(name)?.GetRawText() ?? "nothing";
        return Bad(Path, $"{prefix}{name} to be {expected}", actual.Length > 100 ? actual[..100] + "..." : actual);
    }

    private const string Remedy = "Use the file that came with the model's weights.";

    private static FileFormatException Bad(string path, string expected, string actual) => new(path, 0, expected, actual, Remedy);

    private JsonElement? Find(string name)
    {
        try
        {
            return values.TryGetProperty(name, out JsonElement value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;
        }
        catch (InvalidOperationException e)
        {
            throw new FileFormatException(Path, 0, "names of whole characters", e.Message, Remedy, e); // "\ud800", half of one
        }
    }
}
