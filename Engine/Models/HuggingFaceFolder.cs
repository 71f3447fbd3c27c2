using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Text;

namespace SoundSearch.Engine.Models;

/// <summary>
/// A model as Hugging Face's transformers saves it: config.json, model.safetensors (or pytorch_model.bin), for models that
/// hear preprocessor_config.json, and the tokenizer's files.
/// </summary>
public sealed class HuggingFaceFolder : IDisposable
{
    private const string ConfigName = "config.json", PreprocessorName = "preprocessor_config.json";
    private const string Remedy = "Use a whole folder of Hugging Face's, as a clone of the model's repository has it.";
    private static readonly string[] weightNames = ["model.safetensors", "pytorch_model.bin"];

    private HuggingFaceFolder(string path, HuggingFaceConfig config, WeightFile weights) => (Path, Config, Weights) = (path, config, weights);

    public string Path { get; }

    /// <summary>Of the folder, for people.</summary>
    public string Name => System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(Path));

    /// <summary>config.json.</summary>
    public HuggingFaceConfig Config { get; }

    public WeightFile Weights { get; }

    /// <summary>preprocessor_config.json.</summary>
    /// <exception cref="FileFormatException">There is none.</exception>
    public string PreprocessorPath => Require(Path, PreprocessorName);

    /// <summary>Whether there is tokenizer.json, or vocab.json and merges.txt.</summary>
    public bool HasTokenizer => File.Exists(In(BytePairVocabulary.TokenizerFile)) || (File.Exists(In(BytePairVocabulary.VocabularyFile)) && File.Exists(In(BytePairVocabulary.MergesFileName)));

    /// <exception cref="FileFormatException">A file is missing or damaged, or the weights are in several files.</exception>
    public static HuggingFaceFolder Open(string path)
    {
        HuggingFaceConfig config = HuggingFaceConfig.Open(Require(path, ConfigName));
        string? weights = weightNames.Select(name => System.IO.Path.Combine(path, name)).FirstOrDefault(File.Exists);
        if (weights is null)
        {
            bool parts = Directory.EnumerateFiles(path, "*.index.json").Any();
            throw new FileFormatException(path, 0, string.Join(" or ", weightNames), parts ? "weights in several files" : "neither", parts ? "Save the model into one file: save_pretrained(DIR, max_shard_size=\"10GB\")." : Remedy);
        }
        return new HuggingFaceFolder(path, config, WeightFile.Open(weights));
    }

    /// <summary>Adds copies of the tokenizer's files.</summary>
    /// <exception cref="FileFormatException">There are none.</exception>
    internal ModelContents WithTokenizer(ModelContents contents)
    {
        IReadOnlyList<string> files = BytePairVocabulary.Files(Path);
        foreach (string file in files)
        {
            contents.Files[System.IO.Path.GetFileName(file)] = File.ReadAllBytes(file);
        }
        return contents with { Description = contents.Description with { Merges = "", TokenizerFiles = [.. files.Select(f => System.IO.Path.GetFileName(f))] } };
    }

    public void Dispose() => Weights.Dispose();

    private static string Require(string folder, string name) => System.IO.Path.Combine(folder, name) is var path && File.Exists(path)
        ? path
        : throw new FileFormatException(folder, 0, $"a file {name}", "none of that name", Remedy);

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
