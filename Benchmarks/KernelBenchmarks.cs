using BenchmarkDotNet.Attributes;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Benchmarks;

/// <summary>Micro benchmarks at the default model's sizes: 8 clips of 50 tokens, 256 wide, 4 heads of 64. In process: no second build is needed.</summary>
[MemoryDiagnoser]
[InProcess]
public class KernelBenchmarks
{
    private const int Batch = 8, Tokens = 50, Heads = 4, Width = 256, Rows = Batch * Tokens;

    private readonly ConvolutionShape stem = new(64, 200, 16, 3, 3, 2, 2, 1, 1);
    private readonly float[] x = GemmTable.Random(Rows * Width);
    private readonly float[] dy = GemmTable.Random(Rows * Width);
    private readonly float[] y = new float[Rows * Width];
    private readonly float[] hidden = GemmTable.Random(Rows * 4 * Width);
    private readonly float[] hiddenOut = new float[Rows * 4 * Width];
    private readonly float[] qkv = GemmTable.Random(Rows * 3 * Width);
    private readonly float[] dqkv = new float[Rows * 3 * Width];
    private readonly float[] probabilities = new float[Batch * Heads * Tokens * Tokens];
    private readonly float[] scratch = new float[Tokens * Tokens];
    private readonly float[] gain = GemmTable.Random(4 * Width);
    private readonly float[] bias = GemmTable.Random(4 * Width);
    private readonly float[] dgain = new float[Width];
    private readonly float[] dbias = new float[Width];
    private readonly float[] mean = new float[Rows];
    private readonly float[] rstd = new float[Rows];
    private readonly float[] picture = GemmTable.Random(64 * 200 * 16);
    private readonly float[] columns = new float[32 * 100 * 144];
    private readonly float[] channelMean = new float[16];
    private readonly float[] channelVariance = new float[16];
    private PackedMatrix weights = null!;

    [GlobalSetup]
    public void Prepare()
    {
        weights = Gemm.Pack(GemmTable.Random(4 * Width * Width), 4 * Width, Width);
        LayerNorm.Forward(x, gain, bias, y, mean, rstd, Rows, Width);
        BatchNorm.Statistics(picture, channelMean, channelVariance, 64 * 200, 16);
        Attention.Forward(qkv, probabilities, y, Batch, Tokens, Heads, Width / Heads, false);
    }

    [Benchmark]
    public void Gemm400x1024x256() => Gemm.Multiply(x, Width, weights, bias, hiddenOut, 4 * Width, Rows);

    [Benchmark]
    public void AttentionForward() => Attention.Forward(qkv, probabilities, y, Batch, Tokens, Heads, Width / Heads, false);

    [Benchmark]
    public void AttentionForwardCausal() => Attention.Forward(qkv, probabilities, y, Batch, Tokens, Heads, Width / Heads, true);

    [Benchmark]
    public void AttentionBackward() => Attention.Backward(dy, qkv, probabilities, dqkv, scratch, Batch, Tokens, Heads, Width / Heads);

    [Benchmark]
    public void LayerNormForward() => LayerNorm.Forward(x, gain, bias, y, mean, rstd, Rows, Width);

    [Benchmark]
    public void LayerNormBackward() => LayerNorm.Backward(dy, x, gain, mean, rstd, y, dgain, dbias, Rows, Width);

    [Benchmark]
    public void QuickGeluForward() => QuickGelu.Forward(hidden, hiddenOut);

    [Benchmark]
    public void QuickGeluBackward() => QuickGelu.Backward(hidden, hidden, hiddenOut);

    [Benchmark]
    public void Im2Col64x200x16() => Convolution.Im2Col(picture, columns, 1, stem);

    [Benchmark]
    public void Col2Im64x200x16() => Convolution.Col2Im(columns, picture, 1, stem);

    [Benchmark]
    public void BatchNormStatistics64x200x16() => BatchNorm.Statistics(picture, channelMean, channelVariance, 64 * 200, 16);
}
