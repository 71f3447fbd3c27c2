using System.Security.Cryptography;
using System.Text.Json;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>A model as a folder: model.json, the weights of its towers, the tokenizer's files.</summary>
public static class ModelFolder
{
    public const string DescriptionName = "model.json";

    internal const string AudioPrefix = "audio.";
    internal const string TextPrefix = "text.";
    internal const string ImagePrefix = "image.";
    internal const string CentrePrefix = "centre.";

    private const int MaxDescriptionBytes = 1 << 20;
    private const string Remedy = "Install the model again, or correct its model.json.";

    /// <exception cref="FileFormatException">model.json is no description, is from a newer version or contradicts itself.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ModelDescription ReadDescription(string folder)
    {
        string path = Path.Combine(folder, DescriptionName);
        if (new FileInfo(path).Length > MaxDescriptionBytes)
        {
            throw new FileFormatException(path, 0, $"at most {MaxDescriptionBytes} bytes", "more", Remedy);
        }
        byte[] json = File.ReadAllBytes(path);
        try
        {
            ModelDescription description = JsonSerializer.Deserialize(json, ModelJson.Default.ModelDescription) ?? throw new JsonException("null");
            if (description.Format != ModelDescription.CurrentFormat)
            {
                throw new FileFormatException(
                    path, 0, $"format {ModelDescription.CurrentFormat}", $"format {description.Format}", "Update SoundSearch, or use a model made for this version.");
            }
            description.Check();
            return description;
        }
        catch (JsonException e)
        {
            throw new FileFormatException(path, e.BytePositionInLine ?? 0, "a model's description", $"line {e.LineNumber + 1}: {e.Message}", Remedy, e);
        }
        catch (ArgumentException e)
        {
            throw new FileFormatException(path, 0, "sizes that fit together", e.Message, Remedy, e);
        }
    }

    /// <summary>
    /// Writes a model, each file under a temporary name, flushed and then renamed, model.json last: a crash leaves the
    /// old model or the new one's weights under the old description, never half a file.
    /// </summary>
    /// <param name="folder">Made if absent.</param>
    /// <param name="contents">The description's towers are the sets'.</param>
    /// <param name="half">Weights as float16, half the size; null: each tensor as float16 if that loses nothing, else as float32.</param>
    public static void Save(string folder, ModelContents contents, bool? half = null)
    {
        ModelDescription description = contents.Description;
        description.Check();
        Directory.CreateDirectory(folder);
        Tensor[] tensors = [.. contents.Parts.SelectMany(part => part.Weights.Tensors.Select(t => t with { Name = part.Prefix + t.Name }))];
        foreach ((string name, byte[] bytes) in contents.Files)
        {
            Replace(Path.Combine(folder, name), path => Write(path, bytes));
        }
        var metadata = new Dictionary<string, string> { ["model"] = description.Name, ["version"] = description.Version };
        Replace(Path.Combine(folder, description.Tensors), path => SafetensorsFile.Write(path, tensors, metadata, t => half ?? SafetensorsFile.IsHalf(t.Span)));
        Replace(Path.Combine(folder, DescriptionName), path => Write(path, [.. JsonSerializer.SerializeToUtf8Bytes(description, ModelJson.Default.ModelDescription), (byte)'\n']));
    }

    /// <summary>
    /// 64 hexadecimal digits, SHA-256 over what decides about the vectors: the recipe (sizes, features, windows and
    /// their version; not name, licence or words about the model), the merges and the weights.
    /// </summary>
    public static string Fingerprint(string folder, ModelDescription description)
    {
        ModelDescription recipe = description with { Name = "", Version = "", Licence = "", TrainingData = "", Tensors = "", Merges = "" };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(recipe, ModelJson.Default.ModelDescription));
        byte[] buffer = new byte[1 << 18];
        foreach (string name in description.TextFiles.Append(description.Tensors))
        {
            using FileStream file = File.OpenRead(Path.Combine(folder, name));
            hash.AppendData(BitConverter.GetBytes(file.Length));
            for (int read; (read = file.Read(buffer)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Replace(string path, Action<string> write)
    {
        string temporary = path + ".new";
        write(temporary);
        File.Move(temporary, path, overwrite: true);
    }

    private static void Write(string path, byte[] bytes)
    {
        using FileStream file = File.Create(path);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }
}
