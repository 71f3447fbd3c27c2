using System.Text.Encodings.Web;
using System.Text.Json;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Recipes;

/// <summary>What a run was and what came of it, as JSON beside its weights.</summary>
/// <param name="Recipe">Name.</param>
/// <param name="Seed">Of the run.</param>
/// <param name="Data">What was read, in words.</param>
/// <param name="Figures">Of the weights that were kept, each from 0 to 1.</param>
public sealed record RunCard(string Recipe, ulong Seed, IReadOnlyList<string> Data, IReadOnlyDictionary<string, double> Figures)
{
    public const string FileName = "card.json";

    private static readonly JsonSerializerOptions serializer = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // "sound>text", as a person reads it
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary><see cref="Run.DataHash"/> of what was trained on and measured with.</summary>
    public string DataHash { get; init; } = "";

    /// <summary>What the figures would be by chance, where that is known.</summary>
    public IReadOnlyDictionary<string, double> Chance { get; init; } = new Dictionary<string, double>();

    /// <summary>That training took, validation included.</summary>
    public double Seconds { get; init; }

    /// <exception cref="FileFormatException">The file is no card.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static RunCard Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RunCard>(File.ReadAllBytes(path), serializer) ?? throw new JsonException("the file holds only 'null'");
        }
        catch (JsonException e)
        {
            throw new FileFormatException(
                path, e.BytePositionInLine ?? 0, "the card of a run", $"in line {(e.LineNumber ?? 0) + 1}: {e.Message}", "Run the recipe again with the same folder: a run that is at its end writes its card anew.", e);
        }
    }

    public void Write(string folder) => File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, serializer) + "\n");
}
