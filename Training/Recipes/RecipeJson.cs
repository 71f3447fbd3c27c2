using System.Text.Json;
using System.Text.Json.Serialization;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Recipes;

/// <summary>How recipes stand in files: camelCase, comments allowed, unknown members not.</summary>
internal static class RecipeJson
{
    private static readonly JsonSerializerOptions serializer = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectNullableAnnotations = true,
        IgnoreReadOnlyProperties = true,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <exception cref="FileFormatException">The file is no recipe of that type, or <paramref name="check"/> refuses it with an <see cref="ArgumentException"/>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static T Read<T>(string path, Action<T> check)
    {
        const string Remedy = "Correct the recipe; those in Training/Recipes are examples.";
        byte[] json = File.ReadAllBytes(path);
        try
        {
            T recipe = JsonSerializer.Deserialize<T>(json, serializer) ?? throw new JsonException("the file holds only 'null'");
            check(recipe);
            return recipe;
        }
        catch (JsonException e)
        {
            throw new FileFormatException(path, e.BytePositionInLine ?? 0, "a recipe", $"in line {(e.LineNumber ?? 0) + 1}: {e.Message}", Remedy, e);
        }
        catch (ArgumentException e)
        {
            throw new FileFormatException(path, 0, "a recipe that can be run", e.Message, Remedy, e);
        }
    }

    public static string Write<T>(T recipe) => JsonSerializer.Serialize(recipe, serializer);

    /// <summary>A kind as it stands in files.</summary>
    public static string Name(RecipeKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    /// <summary>The recipe's kind; null where the file has none, or is no JSON, which <see cref="Read"/> then says.</summary>
    public static string? Kind(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("kind", out JsonElement kind) && kind.ValueKind == JsonValueKind.String
                ? kind.GetString()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a name with half a character, "\ud800"
        {
            return null;
        }
    }
}
