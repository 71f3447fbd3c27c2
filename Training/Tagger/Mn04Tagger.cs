using System.Runtime.Intrinsics;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Training.Tagger;

/// <summary>
/// EfficientAT's mn04_as (Schmid et al. 2023, "Efficient Large-scale Audio Tagging via Transformer-to-CNN Knowledge
/// Distillation"): MobileNetV3-Large's layout at width 0.4 over log-mels of <see cref="Engine.Features.LogMel"/>, the teacher
/// of <c>pocket</c>. Batch norms are folded into the convolutions. Activations are [time, frequency, channel], so that
/// one frames-major spectrogram serves teacher and student; the original has frequency first, and kernels are turned
/// when they are loaded. Safe for concurrent callers, each with its own workspace.
/// </summary>
public sealed unsafe class Mn04Tagger
{
    /// <summary>AudioSet classes.</summary>
    public const int Classes = 527;

    /// <summary>Length of the embedding.</summary>
    public const int EmbeddingWidth = 384;

    /// <summary>Mel bins of the input.</summary>
    public const int Bins = 128;

    private const int StemChannels = 8;
    private const int HiddenWidth = 512;

    // Kernel, stride, widened, squeeze and excitation, hard-swish (else ReLU); MobileNetV3 paper, table 1.
    private static readonly BlockRecipe[] Recipes =
    [
        new(3, 1, false, false, false), new(3, 2, true, false, false), new(3, 1, true, false, false),
        new(5, 2, true, true, false), new(5, 1, true, true, false), new(5, 1, true, true, false),
        new(3, 2, true, false, true), new(3, 1, true, false, true), new(3, 1, true, false, true), new(3, 1, true, false, true),
        new(3, 1, true, true, true), new(3, 1, true, true, true),
        new(5, 2, true, true, true), new(5, 1, true, true, true), new(5, 1, true, true, true),
    ];

    private readonly float[] stemWeights = new float[9 * StemChannels]; // [time tap, frequency tap, channel]
    private readonly float[] stemBias;
    private readonly InvertedResidual[] blocks;
    private readonly PointwiseConvolution last;
    private readonly PackedMatrix hidden;
    private readonly float[] hiddenBias;
    private readonly PackedMatrix output;
    private readonly float[] outputBias;

    private Mn04Tagger(SafetensorsFile file)
    {
        FoldedConvolution stem = FoldedConvolution.Read(file, "features.0");
        Require(file, "features.0.0.weight", [StemChannels, 1, 3, 3]);
        Require(file, "classifier.2.weight", [HiddenWidth, EmbeddingWidth]);
        Require(file, "classifier.5.weight", [Classes, HiddenWidth]);
        stemBias = stem.Bias;
        for (int i = 0; i < stemWeights.Length; i++)
        {
            int c = i % StemChannels, frequency = i / StemChannels % 3, time = i / StemChannels / 3;
            stemWeights[i] = stem.Weight[(c * 3 + frequency) * 3 + time];
        }
        blocks = [.. Recipes.Select((recipe, i) => new InvertedResidual(file, $"features.{i + 1}", recipe))];
        last = new PointwiseConvolution(FoldedConvolution.Read(file, "features.16"));
        hidden = Gemm.Pack(file.Read("classifier.2.weight").Span, HiddenWidth, EmbeddingWidth);
        hiddenBias = file.Read("classifier.2.bias").Data.ToArray();
        output = Gemm.Pack(file.Read("classifier.5.weight").Span, Classes, HiddenWidth);
        outputBias = file.Read("classifier.5.bias").Data.ToArray();
    }

    /// <summary>Reads the original PyTorch names from a safetensors file.</summary>
    /// <exception cref="FileFormatException">The file is damaged, or no mn04.</exception>
    public static Mn04Tagger Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return new Mn04Tagger(file);
    }

    /// <summary>
    /// mels [batch, frames, 128], normalised, to logits [batch, 527] (before the sigmoid) and embeddings [batch, 384].
    /// </summary>
    public void Run(
        ReadOnlySpan<float> mels, int batch, int frames, TaggerWorkspace workspace, Span<float> logits, Span<float> embeddings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        if (mels.Length < batch * frames * Bins || logits.Length < batch * Classes || embeddings.Length < batch * EmbeddingWidth)
        {
            throw new ArgumentException(
                $"{batch} spectrograms of {frames} frames need mels, logits and embeddings of at least {batch * frames * Bins}, "
                + $"{batch * Classes} and {batch * EmbeddingWidth} values, not {mels.Length}, {logits.Length} and {embeddings.Length}.");
        }
        (int activation, int scratch) = Sizes(frames);
        float* a = workspace.Take(2 * activation + scratch + 2 * batch * HiddenWidth);
        float* b = a + activation, s = b + activation, h = s + scratch;
        fixed (float* x = mels)
        {
            for (int i = 0; i < batch; i++)
            {
                Features(x + i * frames * Bins, frames, a, b, s, embeddings.Slice(i * EmbeddingWidth, EmbeddingWidth));
            }
        }
        var hiddenValues = new Span<float>(h, batch * HiddenWidth);
        Gemm.Multiply(embeddings, EmbeddingWidth, hidden, hiddenBias, hiddenValues, HiddenWidth, batch);
        for (int i = 0; i < hiddenValues.Length; i += 8)
        {
            HardSwish.Apply(Vector256.Load(h + i)).Store(h + i);
        }
        Gemm.Multiply(hiddenValues, HiddenWidth, output, outputBias, logits, Classes, batch);
    }

    private static void Require(SafetensorsFile file, string name, int[] shape)
    {
        int[] actual = file.Entries.TryGetValue(name, out SafetensorsEntry? entry) ? entry.Shape : [];
        if (!actual.SequenceEqual(shape))
        {
            throw new FileFormatException(
                file.Path, entry?.Begin ?? 0, $"'{name}' [{string.Join(", ", shape)}]", $"[{string.Join(", ", actual)}]",
                "Use the weights of mn04_as, in their original names.");
        }
    }

    private static int Aligned(int count) => (count + 15) & ~15;

    // Floats of the largest activation and of the largest block's scratch.
    private (int Activation, int Scratch) Sizes(int frames)
    {
        int t = (frames - 1) / 2 + 1, f = Bins / 2, activation = t * f * StemChannels, scratch = 3 * (Bins + 2);
        foreach (InvertedResidual block in blocks)
        {
            scratch = Math.Max(scratch, block.ScratchSize(t, f));
            (t, f) = (block.Shrink(t), block.Shrink(f));
            activation = Math.Max(activation, t * f * block.Outputs);
        }
        return (Aligned(Math.Max(activation, t * f * last.N)), Aligned(scratch));
    }

    private void Features(float* x, int frames, float* a, float* b, float* scratch, Span<float> embedding)
    {
        int t = (frames - 1) / 2 + 1, f = Bins / 2;
        Stem(x, frames, a, scratch);                        // [t, f, 8]
        foreach (InvertedResidual block in blocks)
        {
            block.Run(a, t, f, b, scratch);                 // [t, f, block.Outputs]
            (t, f) = (block.Shrink(t), block.Shrink(f));
            float* swap = a;
            a = b;
            b = swap;
        }
        last.Run<HardSwish>(a, t * f, b);                   // [t, f, 384]
        for (int c = 0; c < EmbeddingWidth; c += 8)
        {
            Vector256<float> sum = Vector256<float>.Zero;
            for (int i = 0; i < t * f; i++)
            {
                sum += Vector256.Load(b + i * EmbeddingWidth + c);
            }
            (sum / (t * f)).CopyTo(embedding[c..]);
        }
    }

    // 3x3, stride 2, one channel to eight, hard-swish: a vector is all channels of one position.
    private void Stem(float* x, int frames, float* y, float* scratch)
    {
        int outFrames = (frames - 1) / 2 + 1, rowSize = Bins + 2;
        Vector256<float>* w = stackalloc Vector256<float>[9];
        for (int i = 0; i < 9; i++)
        {
            w[i] = Vector256.Create((ReadOnlySpan<float>)stemWeights.AsSpan(i * 8, 8));
        }
        var bias = Vector256.Create((ReadOnlySpan<float>)stemBias);
        new Span<float>(scratch, 3 * rowSize).Clear();
        for (int t = 0; t < outFrames; t++)
        {
            for (int k = 0; k < 3; k++)
            {
                int frame = 2 * t - 1 + k;
                var row = new Span<float>(scratch + k * rowSize + 1, Bins);
                if (frame < 0 || frame >= frames)
                {
                    row.Clear();
                }
                else
                {
                    new Span<float>(x + frame * Bins, Bins).CopyTo(row);
                }
            }
            for (int f = 0; f < Bins / 2; f += 4)
            {
                Vector256<float> s0 = bias, s1 = bias, s2 = bias, s3 = bias;
                for (int k = 0; k < 3; k++)
                {
                    float* p = scratch + k * rowSize + 2 * f;
                    for (int j = 0; j < 3; j++, p++)
                    {
                        Vector256<float> v = w[3 * k + j];
                        s0 = Vector256.MultiplyAddEstimate(Vector256.Create(p[0]), v, s0);
                        s1 = Vector256.MultiplyAddEstimate(Vector256.Create(p[2]), v, s1);
                        s2 = Vector256.MultiplyAddEstimate(Vector256.Create(p[4]), v, s2);
                        s3 = Vector256.MultiplyAddEstimate(Vector256.Create(p[6]), v, s3);
                    }
                }
                float* q = y + (t * (Bins / 2) + f) * StemChannels;
                HardSwish.Apply(s0).Store(q);
                HardSwish.Apply(s1).Store(q + 8);
                HardSwish.Apply(s2).Store(q + 16);
                HardSwish.Apply(s3).Store(q + 24);
            }
        }
    }
}
