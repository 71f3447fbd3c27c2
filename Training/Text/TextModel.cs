using System.Globalization;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Engine.Text;

namespace SoundSearch.Training.Text;

/// <summary>
/// A trained text tower and its tokenizer: in a run folder text.safetensors (float32, OpenAI's names, the sizes under "shape" in
/// __metadata__) and merges.txt. Not for use from two threads at once.
/// </summary>
public sealed class TextModel
{
    public const string WeightsFile = "text.safetensors", MergesFile = "merges.txt", ShapeKey = "shape";

    private const int MaxBatch = 256;

    private readonly TextTowerBuffers buffers;

    public TextModel(TextTower tower, ClipTokenizer tokenizer)
    {
        (Tower, Tokenizer) = (tower, tokenizer);
        buffers = new TextTowerBuffers(tower.Shape, MaxBatch, tower.Shape.Context, training: false);
    }

    public TextTower Tower { get; }

    public ClipTokenizer Tokenizer { get; }

    /// <summary>Length of an embedding.</summary>
    public int Dimensions => Tower.Shape.Embedding;

    /// <exception cref="FileFormatException">The folder's files are not what <see cref="Save"/> writes.</exception>
    public static TextModel Load(string folder)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, WeightsFile));
        string text = file.Metadata.GetValueOrDefault(ShapeKey, "none");
        int[] sizes = [.. text.Split(',').Select(s => int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out int v) ? v : -1)];
        if (sizes.Length != 6 || sizes.Any(s => s < 1))
        {
            throw new FileFormatException(
                file.Path, 8, $"vocabulary,context,width,heads,layers,embedding as '{ShapeKey}' in __metadata__", text, "Train the text tower again, or copy the whole run folder.");
        }
        var shape = new TextTowerShape(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]);
        ParameterSet parameters = ParameterSet.Load(shape.Layout(), file);
        return new TextModel(new TextTower(parameters, shape), ClipTokenizer.Load(Path.Combine(folder, MergesFile)));
    }

    /// <summary>Writes the weights; merges.txt is the tokenizer trainer's.</summary>
    public static void Save(string folder, ParameterSet parameters, TextTowerShape s, IReadOnlyDictionary<string, string>? notes = null)
    {
        string path = Path.Combine(folder, WeightsFile), temporary = path + ".tmp";
        Dictionary<string, string> metadata = new(notes ?? new Dictionary<string, string>())
        {
            [ShapeKey] = string.Create(CultureInfo.InvariantCulture, $"{s.Vocabulary},{s.Context},{s.Width},{s.Heads},{s.Layers},{s.Embedding}"),
        };
        SafetensorsFile.Write(temporary, parameters.Tensors, metadata);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>One unit-length embedding per text: [texts.Count, Dimensions].</summary>
    public float[] Encode(IReadOnlyList<string> texts) => Encode([.. texts.Select(t => Tokenizer.EncodeWithEnds(t, Tower.Shape.Context))]);

    /// <summary>The same from token ids with start and end; rows of similar length go through the tower together.</summary>
    public float[] Encode(IReadOnlyList<int[]> ids)
    {
        int width = Dimensions;
        float[] result = new float[ids.Count * width];
        int[] order = [.. Enumerable.Range(0, ids.Count).OrderBy(i => ids[i].Length)];
        foreach (int[] rows in order.Chunk(MaxBatch))
        {
            int tokens = ids[rows[^1]].Length;
            int[] padded = new int[rows.Length * tokens], ends = new int[rows.Length];
            for (int r = 0; r < rows.Length; r++)
            {
                ids[rows[r]].CopyTo(padded, r * tokens);
                ends[r] = ids[rows[r]].Length - 1;
            }
            Tower.Forward(padded, ends, rows.Length, tokens, buffers);
            Span<float> embeddings = buffers.Embeddings.Span[..(rows.Length * width)];
            UnitLength.Forward(embeddings, embeddings, rows.Length, width);
            for (int r = 0; r < rows.Length; r++)
            {
                embeddings.Slice(r * width, width).CopyTo(result.AsSpan(rows[r] * width, width));
            }
        }
        return result;
    }
}
