using System.Runtime.InteropServices;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Text;
using SoundSearch.Training.Data;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Text;

/// <summary>
/// Texts with a sentence teacher's embeddings: texts.csv (text, source) and text_embeddings.safetensors
/// (int8 "embeddings" [n, width] and "scale" [n]; row i times scale i is of unit length). The first lines are label names.
/// </summary>
public sealed class TeacherTexts
{
    /// <summary>Label names of the sound tagger, the first lines of texts.csv.</summary>
    public const int Labels = 527;

    private readonly sbyte[] embeddings;
    private readonly float[] scales;

    private TeacherTexts(string[] texts, sbyte[] embeddings, float[] scales, int width) =>
        (Texts, this.embeddings, this.scales, Width) = (texts, embeddings, scales, width);

    public IReadOnlyList<string> Texts { get; }

    public int Count => Texts.Count;

    /// <summary>Length of an embedding.</summary>
    public int Width { get; }

    /// <exception cref="FileFormatException">The two files do not belong together or are not as described.</exception>
    public static TeacherTexts Load(string folder)
    {
        string path = Path.Combine(folder, "texts.csv");
        CsvTable table = CsvTable.Read(path);
        table.Require("text");
        string[] texts = [.. Enumerable.Range(0, table.Count).Select(i => table[i, "text"])];
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "text_embeddings.safetensors"));
        int[] shape = file.Entries.GetValueOrDefault("embeddings") is { DType: "I8", Shape: { Length: 2 } found } ? found : [0, 0];
        if (shape[0] != texts.Length || texts.Length < Labels)
        {
            throw new FileFormatException(
                file.Path, 8, $"I8 'embeddings' [{texts.Length}, width], a row for each line of {path}, {Labels} or more", $"[{string.Join(", ", shape)}]",
                "Both files come from one run of the teacher: copy them together.");
        }
        return new TeacherTexts(texts, file.ReadAs<sbyte>("embeddings"), file.Read("scale").Data.ToArray(), shape[1]);
    }

    /// <summary>Writes text i's unit-length embedding.</summary>
    public void Embedding(int i, Span<float> embedding)
    {
        ReadOnlySpan<sbyte> row = embeddings.AsSpan(i * Width, Width);
        for (int j = 0; j < row.Length; j++)
        {
            embedding[j] = row[j] * scales[i];
        }
    }

    /// <summary>
    /// Whether text i is kept out of training: by a hash of the cleaned text, so that two spellings of one text, and two runs,
    /// agree. Label names are never held out: they are the vectors that sounds are trained towards.
    /// </summary>
    public bool IsHeldOut(int i, double share)
    {
        ulong hash = 14695981039346656037; // FNV-1a, then mixed: the short texts differ in few bits
        foreach (byte b in MemoryMarshal.AsBytes(TextCleaner.Clean(Texts[i]).AsSpan()))
        {
            hash = (hash ^ b) * 1099511628211;
        }
        return i >= Labels && (RandomSource.SplitMix64(ref hash) >> 11) * (1.0 / (1UL << 53)) < share;
    }
}
