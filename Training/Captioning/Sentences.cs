using SoundSearch.Engine;
using SoundSearch.Training.Curation;

namespace SoundSearch.Training.Captioning;

/// <summary>
/// Sentences for what sounds are called: the captions that mean nearly the same, found from text to text by the frozen text tower. "door
/// slam" teaches no grammar; "A door slams shut" does. No sound is asked.
/// </summary>
public static class Sentences
{
    /// <summary>In the stores' folder: path, caption, cosine, for a person to read and correct.</summary>
    public const string FileName = "sentences.csv";

    /// <summary>Nearest sentences of a name.</summary>
    private const int PerName = 5;

    /// <summary>A sentence that is less like the name says something else.</summary>
    private const float MinCosine = 0.6f;

    /// <summary>The list of that path, made first if it is not there; by path. A sound whose name no sentence resembles is not in it.</summary>
    /// <param name="path">A list as <see cref="CaptionList"/> has it.</param>
    /// <param name="world">Sounds and what they are called.</param>
    /// <param name="captions">To choose from.</param>
    /// <param name="text">The frozen text tower.</param>
    /// <param name="progress">For people.</param>
    /// <exception cref="Engine.Formats.FileFormatException">The list is damaged.</exception>
    public static ILookup<string, string> OpenOrFind(string path, CaptionWorld world, IReadOnlyList<string> captions, ITextEncoder text, TextWriter? progress)
    {
        if (!File.Exists(path))
        {
            progress?.WriteLine($"{path}: sentences for what sounds are called, to be read and corrected");
            CaptionList.Write(path, Find(world, captions, text));
        }
        return CaptionList.Read(path, p => world.Find(p) >= 0).ToLookup(l => l.Path, l => l.Caption, StringComparer.Ordinal);
    }

    private static IEnumerable<CaptionLine> Find(CaptionWorld world, IReadOnlyList<string> captions, ITextEncoder text)
    {
        var miner = new CaptionMiner(captions, "", text);
        float[] vector = new float[text.Dimensions];
        Dictionary<string, (string Caption, float Cosine)[]> known = new(StringComparer.Ordinal);
        for (int s = 0; s < world.Texts.Count; s++)
        {
            foreach (string name in world.Texts[s])
            {
                if (!known.TryGetValue(name, out (string Caption, float Cosine)[]? found))
                {
                    text.Encode([name], vector);
                    known[name] = found = [.. miner.Nearest(vector, PerName).Where(n => n.Cosine >= MinCosine)];
                }
                foreach ((string caption, float cosine) in found)
                {
                    yield return new CaptionLine(world.Store.Entries[s].Info.Path, caption, Math.Round(cosine, 3));
                }
            }
        }
    }
}
