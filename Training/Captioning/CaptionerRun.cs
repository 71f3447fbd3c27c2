using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SoundSearch.Engine.Models;
using SoundSearch.Engine.Text;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Data;
using SoundSearch.Training.Losses;
using SoundSearch.Training.Optimizers;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Captioning;

/// <summary>Trains a captioner: teacher forcing, cross entropy of the caption's tokens only.</summary>
public sealed class CaptionerRun : IDisposable
{
    private const double MaxGradientNorm = 1;
    private const int ChunkRows = 16; // rows of similar length are padded together

    private readonly CaptionerOptions options;
    private readonly Captioner captioner;
    private readonly IReadOnlyList<CaptionExample> texts, sounds;
    private readonly EpochOrder? textOrder, soundOrder;
    private readonly Shards shards;
    private readonly CaptionerShard[] parts;
    private readonly IReadOnlyList<Parameter> parameters;
    private readonly IOptimizer optimizer;
    private readonly RunningMean mean;

    /// <param name="options">The recipe.</param>
    /// <param name="tokenizer">Of the captions.</param>
    /// <param name="texts">Captions without sounds.</param>
    /// <param name="sounds">Sounds with captions.</param>
    /// <param name="audioWidth">Length of a sound's tokens.</param>
    /// <exception cref="ArgumentException">The recipe asks for what is not there.</exception>
    public CaptionerRun(CaptionerOptions options, ClipTokenizer tokenizer, IReadOnlyList<CaptionExample> texts, IReadOnlyList<CaptionExample> sounds, int audioWidth)
    {
        options.Check();
        if (texts.Count < options.TextRows || sounds.Count < options.SoundRows || texts.Concat(sounds).Any(e => e.Captions.Length == 0))
        {
            throw new ArgumentException($"The recipe's steps have {options.TextRows} captions and {options.SoundRows} sounds; there are {texts.Count} and {sounds.Count}, and each needs a caption.", nameof(options));
        }
        (this.options, this.texts, this.sounds) = (options, texts, sounds);
        textOrder = options.TextRows > 0 ? new EpochOrder(texts.Count, options.TextRows, options.Seed) : null;
        soundOrder = options.SoundRows > 0 ? new EpochOrder(sounds.Count, options.SoundRows, options.Seed) : null;
        var shape = new CaptionDecoderShape
        {
            Vocabulary = tokenizer.VocabularySize,
            Width = options.Width,
            Heads = options.Heads,
            Layers = options.Layers,
            AudioTokens = options.AudioTokens,
            AudioWidth = audioWidth,
        };
        shape.Check();
        var weights = new ParameterSet(shape.Layout());
        Initialiser.Fill(weights, shape.Transformer, (int)(options.Seed % int.MaxValue));
        captioner = new Captioner(new CaptionDecoder(weights.With(options.Precision.Options()), shape), tokenizer);
        shards = new Shards(options.Shards);
        parts = [.. Enumerable.Range(0, options.Shards).Select(_ => new CaptionerShard(captioner.Decoder, ChunkRows))];
        parameters = Parameter.Of(weights, parts[0].Gradients);
        optimizer = OptimizerSet.WithMuon(
            parameters, OptimizerSet.IsOfBlock, new MuonOptions(options.MuonRate, WeightDecay: options.WeightDecay),
            new AdamOptions(options.LearningRate, Beta2: 0.98, WeightDecay: options.WeightDecay, DecayVectors: false), shards);
        mean = new RunningMean(parameters, options.MeanDecay);
    }

    /// <summary>Names of the validation's figures; the first, the geometric mean of the others, decides which weights are kept.</summary>
    public static IReadOnlyList<string> Figures { get; } = ["token probability", "with tags", "without tags"];

    /// <summary>Trains to the end of the recipe, from the folder's checkpoint if there is one; false if it was cancelled.</summary>
    /// <param name="folder">Gets checkpoint, log and, at each best validation, the running mean's weights as <see cref="Captioner.WeightsFile"/>.</param>
    /// <param name="validation">Sounds to choose the best weights by, at least one.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Ends the run; the next call goes on bit for bit.</param>
    /// <exception cref="Engine.Formats.FileFormatException">The folder's checkpoint is of another recipe or of other examples.</exception>
    public bool Run(string folder, IReadOnlyList<CaptionExample> validation, TextWriter? progress, CancellationToken cancellation)
    {
        if (validation.Count == 0)
        {
            throw new ArgumentException("There are no sounds to validate on.", nameof(validation));
        }
        var schedule = new CosineSchedule(options.Warmup, options.Steps);
        var loop = new TrainingLoop(
            new LoopOptions
            {
                Folder = folder,
                Recipe = $"{options.ToJson()} on {Digest()}",
                Steps = options.Steps,
                Batch = options.TextRows + options.SoundRows,
                Rate = schedule.At,
                Losses = ["loss", "gradient norm"],
                Figures = Figures,
                ValidateEvery = options.ValidateEvery,
                CheckpointEvery = options.ValidateEvery,
            },
            captioner.Decoder.Parameters.Tensors, optimizer, mean);
        return loop.Run(Step, () => Validate(validation), () => Captioner.Save(folder, captioner.Decoder), progress, cancellation);
    }

    public void Dispose() => shards.Dispose();

    private double[] Step(long step)
    {
        ulong draw = options.Seed * 0x9E3779B97F4A7C15 + (ulong)step;
        List<CaptionRow> rows = [];
        foreach (int i in textOrder is null ? [] : textOrder.Items(step).ToArray())
        {
            rows.Add(Draw(texts[i], new SampleRandom(draw, (ulong)i)));
        }
        foreach (int i in soundOrder is null ? [] : soundOrder.Items(step).ToArray())
        {
            rows.Add(Draw(sounds[i], new SampleRandom(draw + 1, (ulong)i)));
        }
        CaptionRow[][] chunks = [.. rows.OrderBy(r => CaptionDecoder.Length(r, captioner.Decoder.Shape)).Chunk(ChunkRows)];
        float weight = 1f / rows.Sum(r => r.Scored);
        double[] losses = new double[parts.Length];
        shards.Run(s =>
        {
            parts[s].Gradients.Values.Clear();
            for (int c = s; c < chunks.Length; c += parts.Length)
            {
                (CaptionRow[] inputs, int[] targets) = Split(chunks[c]);
                losses[s] += parts[s].Add(inputs, targets, weight);
            }
        });
        shards.Sum([.. parts.Select(p => p.Gradients)]);
        double norm = Parameter.ClipGradients(parameters, MaxGradientNorm);
        return [losses.Sum(), norm];
    }

    /// <summary>The row with its end token at the end of the caption, where the last place is no input but a target.</summary>
    private CaptionRow Draw(CaptionExample example, SampleRandom random)
    {
        string[] tags = random.Chance(example.Audio.IsEmpty ? options.TextTagDrop : options.SoundTagDrop) ? [] : example.Tags;
        if (example.Audio.IsEmpty)
        {
            // A caption names things in the order of its words; a tagger does not.
            tags = [.. tags];
            for (int i = tags.Length - 1; i > 0; i--)
            {
                int j = random.Below(i + 1);
                (tags[i], tags[j]) = (tags[j], tags[i]);
            }
        }
        return Row(example, [.. tags.Take(options.MostTags)], example.Captions[random.Below(example.Captions.Length)]);
    }

    private CaptionRow Row(CaptionExample example, string[] tags, string caption)
    {
        int[] ids = captioner.Tokenizer.EncodeWithEnds(caption, captioner.Decoder.Shape.CaptionTokens + 1);
        return new CaptionRow(example.Audio, captioner.TagIds(tags), ids, ids.Length - 1);
    }

    private static (CaptionRow[] Inputs, int[] Targets) Split(IReadOnlyList<CaptionRow> rows) =>
        ([.. rows.Select(r => r with { Caption = r.Caption[..^1] })], [.. rows.SelectMany(r => r.Caption[1..].ToArray())]);

    private double[] Validate(IReadOnlyList<CaptionExample> validation)
    {
        // Another decoder over the same weights: the one that is trained must not remember packed ones.
        var decoder = new CaptionDecoder(captioner.Decoder.Parameters.With(EncoderOptions.Default), captioner.Decoder.Shape);
        var buffers = new CaptionDecoderBuffers(decoder.Shape, ChunkRows, training: true);
        double[] figures = new double[3];
        foreach (bool tagged in (bool[])[true, false])
        {
            (double loss, int tokens) = (0, 0);
            foreach (CaptionRow[] chunk in validation.SelectMany(e => e.Captions.Select(c => Row(e, tagged ? [.. e.Tags.Take(options.MostTags)] : [], c))).Chunk(ChunkRows))
            {
                (CaptionRow[] inputs, int[] targets) = Split(chunk);
                decoder.Forward(inputs, buffers);
                Span<float> logits = buffers.Logits.Span[..(targets.Length * decoder.Shape.Vocabulary)];
                loss += TokenCrossEntropy.Forward(logits, targets, logits, decoder.Shape.Vocabulary, 1);
                tokens += targets.Length;
            }
            figures[tagged ? 1 : 2] = Math.Exp(-loss / tokens);
        }
        figures[0] = Math.Sqrt(figures[1] * figures[2]);
        return figures;
    }

    private string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (CaptionExample e in texts.Concat(sounds))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', [.. e.Tags, "", .. e.Captions, ""])));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(e.Audio.Span));
        }
        return string.Create(CultureInfo.InvariantCulture, $"{texts.Count} captions and {sounds.Count} sounds, {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}");
    }
}
