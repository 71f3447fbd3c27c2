using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;

namespace SoundSearch.Cli;

/// <summary>Finds model folders: those that came with the program, then those that the user added.</summary>
internal static class ModelLocation
{
    public const string Default = "pocket", Variable = "SOUNDSEARCH_MODELS";

    /// <summary>Where the models are that came with the program.</summary>
    public static string Shipped => Path.Combine(AppContext.BaseDirectory, "models");

    /// <summary>Where those are that the user added: $SOUNDSEARCH_MODELS, else in the user's data folder.</summary>
    public static string Added => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } added
        ? Path.GetFullPath(added)
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "soundsearch", "models");

    /// <summary>Folders that hold model folders, in the order of search.</summary>
    public static IReadOnlyList<string> Places => [Shipped, Added];

    /// <summary>CLIP's tokenizer, of OpenAI's repository, which comes with the program: the weights come without.</summary>
    public static string ClipMerges => Path.Combine(Shipped, "clip-bpe", "bpe_simple_vocab_16e6.txt.gz");

    public static string Find(string? nameOrFolder)
    {
        string wanted = nameOrFolder ?? Default;
        IEnumerable<string> candidates = Places.Select(place => Path.Combine(place, wanted));
        if (wanted.Contains(Path.DirectorySeparatorChar) || wanted.Contains('/') || wanted is "." or "..")
        {
            candidates = [Path.GetFullPath(wanted)];
        }
        return candidates.FirstOrDefault(d => File.Exists(Path.Combine(d, ModelFolder.DescriptionName)))
            ?? throw new UsageException($"no model '{wanted}': looked for {ModelFolder.DescriptionName} in {string.Join(" and ", candidates)}. 'soundsearch model list' shows what is installed.");
    }

    /// <param name="nameOrFolder">What the user typed; null: <see cref="Default"/>.</param>
    /// <param name="precision">Of the encoders.</param>
    /// <exception cref="UsageException">There is no such model, or this machine lacks the precision.</exception>
    public static SoundModel Open(string? nameOrFolder, Precision precision = Precision.Float32)
    {
        string folder = Find(nameOrFolder);
        try
        {
            return SoundModel.Open(folder, EncoderOptions.For(precision));
        }
        catch (NotSupportedException e)
        {
            throw new UsageException($"--precision {precision.ToString().ToLowerInvariant()}: {e.Message}");
        }
    }

    /// <summary>Every installed model's folder.</summary>
    public static IEnumerable<string> All() => Places
        .Where(Directory.Exists)
        .SelectMany(place => Directory.EnumerateDirectories(place).Order(StringComparer.Ordinal))
        .Where(d => !Path.GetFileName(d).StartsWith('.') && File.Exists(Path.Combine(d, ModelFolder.DescriptionName)));
}
