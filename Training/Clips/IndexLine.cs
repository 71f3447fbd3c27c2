using System.Text.Json;
using System.Text.Json.Serialization;

namespace SoundSearch.Training.Clips;

/// <summary>A line of an index of JSON objects, of either kind (<see cref="ClipFolder"/>).</summary>
internal sealed record IndexLine
{
    public static readonly JsonSerializerOptions Options = new() { RespectNullableAnnotations = true, Converters = { new TextsConverter() } };

    [JsonPropertyName("id")]
    public string Id { get; init; } = "";

    [JsonPropertyName("dir")]
    public string Folder { get; init; } = "";

    [JsonPropertyName("clip")]
    public string[] Clip { get; init; } = [];

    [JsonPropertyName("aclip")]
    public string[] AudioClip { get; init; } = [];

    [JsonPropertyName("frame")]
    public string[] Frame { get; init; } = [];

    [JsonPropertyName("frames")]
    public string[] Frames { get; init; } = [];

    [JsonPropertyName("labels")]
    public string[] Labels { get; init; } = [];

    [JsonPropertyName("captions")]
    public string[] Captions { get; init; } = [];

    /// <summary>Path of the sound below the folder; null if the line has none.</summary>
    [JsonIgnore]
    public string? Sound => Id.Length == 0 ? Clip.FirstOrDefault() : Clip.Length > 0 ? Place("clip", Clip[0]) : AudioClip.Length > 0 ? Place("aclip", AudioClip[0]) : null;

    /// <summary>Paths of the frames below the folder.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Pictures => Id.Length == 0 ? Frames : [.. Frame.Select(f => Place("frame", f))];

    private string Place(string kind, string ending) => $"{(Folder.Length == 0 ? "" : Folder + "/")}{kind}/{Id}.{ending}";

    /// <summary>A text is a list of one.</summary>
    private sealed class TextsConverter : JsonConverter<string[]>
    {
        public override string[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                return [reader.GetString()!];
            }
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw new JsonException("neither a text nor a list of texts");
            }
            List<string> texts = [];
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                texts.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("a list of something else than texts"));
            }
            return [.. texts];
        }

        public override void Write(Utf8JsonWriter writer, string[] value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
