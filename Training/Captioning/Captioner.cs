using System.Text.Json;
using System.Text.RegularExpressions;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Engine.Text;
using SoundSearch.Training.Losses;

namespace SoundSearch.Training.Captioning;

/// <summary>
/// A trained captioner: in a run's folder captioner.safetensors (float32, the sizes as JSON under "shape" in __metadata__) and
/// merges.txt. Safe for concurrent callers, each with its own buffers.
/// </summary>
public sealed partial class Captioner
{
    public const string WeightsFile = "captioner.safetensors", MergesFile = "merges.txt";

    private const string ShapeKey = "shape", Remedy = "Train the captioner again, or copy the whole run folder.";

    private static readonly JsonSerializerOptions serializer = new(JsonSerializerDefaults.Web) { IgnoreReadOnlyProperties = true };

    /// <exception cref="ArgumentException">The tokenizer's vocabulary is not the decoder's.</exception>
    public Captioner(CaptionDecoder decoder, ClipTokenizer tokenizer)
    {
        if (decoder.Shape.Vocabulary != tokenizer.VocabularySize)
        {
            throw new ArgumentException($"The tokenizer has {tokenizer.VocabularySize} tokens, the decoder {decoder.Shape.Vocabulary}.", nameof(tokenizer));
        }
        (Decoder, Tokenizer) = (decoder, tokenizer);
    }

    public CaptionDecoder Decoder { get; }

    public ClipTokenizer Tokenizer { get; }

    /// <exception cref="FileFormatException">The folder's files are not what <see cref="Save"/> writes, or do not belong together.</exception>
    /// <exception cref="IOException">One of them cannot be read.</exception>
    public static Captioner Load(string folder)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, WeightsFile));
        string text = file.Metadata.GetValueOrDefault(ShapeKey, "none");
        try
        {
            CaptionDecoderShape shape = JsonSerializer.Deserialize<CaptionDecoderShape>(text, serializer) ?? throw new JsonException("null");
            shape.Check(); // before memory is taken
            return new Captioner(new CaptionDecoder(ParameterSet.Load(shape.Layout(), file), shape), ClipTokenizer.Load(Path.Combine(folder, MergesFile)));
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FileFormatException(file.Path, 8, $"sizes of a caption decoder as '{ShapeKey}' in __metadata__, and the merges that belong to them", $"{text}: {e.Message}", Remedy, e);
        }
    }

    /// <summary>Writes the weights; merges.txt is the tokenizer trainer's.</summary>
    public static void Save(string folder, CaptionDecoder decoder)
    {
        string path = Path.Combine(folder, WeightsFile);
        SafetensorsFile.Write(path + ".tmp", decoder.Parameters.Tensors, new Dictionary<string, string> { [ShapeKey] = JsonSerializer.Serialize(decoder.Shape, serializer) });
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <summary>Buffers for <see cref="Write"/> with so many beams.</summary>
    public CaptionDecoderBuffers Plan(int beams) => new(Decoder.Shape, beams, training: false);

    /// <summary>The ids of tags, as they stand before a caption: as many of the tags as fit, none cut in two.</summary>
    public int[] TagIds(IEnumerable<string> tags)
    {
        List<int> ids = [];
        foreach (string tag in tags)
        {
            int[] more = Tokenizer.Encode(ids.Count == 0 ? tag : ", " + tag);
            if (ids.Count + more.Length > Decoder.Shape.TagTokens)
            {
                break;
            }
            ids.AddRange(more);
        }
        return [.. ids];
    }

    /// <summary>A caption and how probable it is.</summary>
    /// <param name="audio">[audio tokens, audio width], or empty.</param>
    /// <param name="tags">Ids of <see cref="TagIds"/>.</param>
    /// <param name="buffers">Of <see cref="Plan"/>.</param>
    /// <param name="beams">1: greedy.</param>
    /// <param name="lengthPower">See <see cref="Hypothesis.Score"/>.</param>
    public (string Text, Hypothesis Hypothesis) Write(ReadOnlyMemory<float> audio, int[] tags, CaptionDecoderBuffers buffers, int beams, double lengthPower)
    {
        int vocabulary = Tokenizer.VocabularySize;
        var rows = new CaptionRow[beams];
        Hypothesis found = BeamSearch.Run(Score, vocabulary, Tokenizer.EndToken, beams, Decoder.Shape.CaptionTokens, lengthPower, minTokens: 1);
        return (Punctuation().Replace(Tokenizer.Decode(found.Tokens), "$1").Trim(), found);

        void Score(IReadOnlyList<int[]> prefixes, Span<float> logProbabilities)
        {
            for (int i = 0; i < prefixes.Count; i++)
            {
                rows[i] = new CaptionRow(audio, tags, (int[])[Tokenizer.StartToken, .. prefixes[i]], 1);
            }
            Decoder.Forward(rows.AsSpan(0, prefixes.Count), buffers);
            buffers.Logits.Span[..(prefixes.Count * vocabulary)].CopyTo(logProbabilities);
            for (int i = 0; i < prefixes.Count; i++)
            {
                Span<float> row = logProbabilities.Slice(i * vocabulary, vocabulary);
                row[Tokenizer.StartToken] = float.NegativeInfinity; // never written
                SoftmaxRow.LogInPlace(row);
            }
        }
    }

    /// <summary>Words are decoded with blanks between: "dog 's" and "barks , then".</summary>
    [GeneratedRegex(@"\s+('\w|[,.!?;:])(?=\s|$)")]
    private static partial Regex Punctuation();
}
