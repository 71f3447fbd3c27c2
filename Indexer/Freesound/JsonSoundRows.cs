using System.Text.Json;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Indexer.Freesound;

/// <summary>
/// JSON: one sound per line (.jsonl, .ndjson), or a whole document (.json) that is a sound, an array of them or a page of the
/// API ({"results": [...]}). The vector is found under any known name, also inside "similarity_vectors" or "analysis".
/// </summary>
public sealed class JsonSoundRows : ISoundRows
{
    private const int MaxLine = 16 << 20;
    private const long MaxDocument = 1 << 30;
    private const int MaxDepth = 4;

    private readonly string path;
    private readonly FileStream stream;
    private readonly bool lines;

    /// <param name="path">The file.</param>
    /// <param name="lines">One sound per line; else one document.</param>
    public JsonSoundRows(string path, bool lines) => (this.path, this.lines, stream) = (path, lines, File.OpenRead(path));

    public long Length => stream.Length;

    public long Position => stream.Position;

    public IEnumerable<SoundRow> Rows() => lines ? Lines() : Document();

    public void Dispose() => stream.Dispose();

    private IEnumerable<SoundRow> Lines()
    {
        var reader = new LineReader(stream, path, MaxLine);
        while (reader.TryRead(out ReadOnlyMemory<byte> line))
        {
            if (line.Span.Trim(" \t"u8).IsEmpty)
            {
                continue;
            }
            yield return Line(line, reader.Number);
        }
    }

    private static SoundRow Line(ReadOnlyMemory<byte> line, long number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return Read(document.RootElement, number);
        }
        catch (JsonException e)
        {
            return new SoundRow(number, null, $"no JSON: {e.Message}");
        }
    }

    private IEnumerable<SoundRow> Document()
    {
        const string Remedy = "Use a sound, an array of sounds, a page of Freesound's API, or one sound per line in a .jsonl file.";
        if (stream.Length > MaxDocument)
        {
            throw new FileFormatException(path, 0, $"a JSON document of at most {MaxDocument} bytes", $"{stream.Length}", "Write one sound per line into a .jsonl file.");
        }
        JsonDocument? document = null;
        JsonElement root;
        try
        {
            document = JsonDocument.Parse(stream);
            root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("results", out JsonElement results))
            {
                root = results;
            }
        }
        catch (JsonException e)
        {
            throw new FileFormatException(path, e.BytePositionInLine ?? 0, $"JSON in line {e.LineNumber + 1}", e.Message, Remedy, e);
        }
        catch (InvalidOperationException e)
        {
            document?.Dispose();
            throw new FileFormatException(path, 0, "names of whole characters", e.Message, Remedy, e); // "\ud800", half of one
        }
        using (document)
        {
            if (root.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object))
            {
                throw new FileFormatException(path, 0, "an object or an array", root.ValueKind.ToString(), Remedy);
            }
            long number = 0;
            foreach (JsonElement sound in root.ValueKind == JsonValueKind.Array ? root.EnumerateArray().AsEnumerable() : [root])
            {
                yield return Read(sound, ++number);
            }
        }
    }

    private static SoundRow Read(JsonElement sound, long number)
    {
        if (sound.ValueKind != JsonValueKind.Object)
        {
            return new SoundRow(number, null, $"no object but {sound.ValueKind}");
        }
        try
        {
            return SoundFields.Make(number, names => Text(sound, names), Vector(sound, MaxDepth));
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            return new SoundRow(number, null, $"a field of another kind: {e.Message}");
        }
    }

    // Strings and numbers as they are; arrays (tags) joined with blanks.
    private static string? Text(JsonElement sound, string[] names) => Find(sound, names) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.Array => string.Join(' ', value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString())),
        _ => null,
    };

    private static float[]? Vector(JsonElement value, int depth)
    {
        if (depth == 0)
        {
            return null;
        }
        if (value.ValueKind == JsonValueKind.Array)
        {
            int length = value.GetArrayLength();
            return length == 1 && value[0].ValueKind == JsonValueKind.Array
                ? Vector(value[0], depth - 1)
                : [.. value.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Number && v.TryGetSingle(out float number) ? number : float.NaN)];
        }
        foreach (string name in value.ValueKind == JsonValueKind.Object ? [.. SoundFields.Vector, .. SoundFields.VectorContainers] : Array.Empty<string>())
        {
            if (Find(value, [name]) is { ValueKind: JsonValueKind.Array or JsonValueKind.Object } inner && Vector(inner, depth - 1) is { } found)
            {
                return found;
            }
        }
        return null;
    }

    private static JsonElement? Find(JsonElement sound, string[] names)
    {
        foreach (string name in names)
        {
            if (sound.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null)
            {
                return value;
            }
        }
        return null;
    }
}
