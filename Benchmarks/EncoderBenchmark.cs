using System.Diagnostics;
using System.Runtime.InteropServices;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;

namespace SoundSearch.Benchmarks;

/// <summary>
/// The full-size towers in every precision, beside onnxruntime-node and PyTorch on the same weights and inputs:
/// `encoders [--folder DIR] [--peers DIR]`. Peers are those scripts of Benchmarks/peers whose programs are installed (see
/// install there); they write their embeddings, so that cosines show that all compute the same.
/// </summary>
internal static class EncoderBenchmark
{
    private const int Clip = 1000 * 128;

    private static readonly int[] Lengths = [10, 77];

    public static int Run(string[] args)
    {
        string Option(string name, string value) => Array.IndexOf(args, name) is >= 0 and var i ? args[i + 1] : value;
        string folder = Option("--folder", Path.Combine(Path.GetTempPath(), "soundsearch-encoders"));
        FullSizeModel.Ensure(folder);
        float[] sound = GemmTable.Random(2 * Clip);
        int[][] texts = [.. Lengths.Select(Ids)];
        File.WriteAllBytes(Path.Combine(folder, "sound.f32"), MemoryMarshal.AsBytes(sound.AsSpan()));
        for (int i = 0; i < texts.Length; i++)
        {
            File.WriteAllBytes(Path.Combine(folder, $"text{Lengths[i]}.i64"), MemoryMarshal.AsBytes(texts[i].Select(t => (long)t).ToArray().AsSpan()));
        }
        Console.WriteLine($"register-only multiply-add, one core: {GemmTable.Peak():F0} GFLOP/s; oneDNN {OneDnn.Version?.ToString() ?? "not installed"}");
        Console.WriteLine("least time of a call; audio: 306 tokens, clips/s by the clock on 1 and 2 threads, and processor ms per clip on 1;");
        Console.WriteLine("text: ms on one thread, by the clock and by the processor; cosines to the first row, audio, 10 and 77 tokens");
        Console.WriteLine($"{"",-30}  clips/s x1    x2    cpu ms |  10 tokens    cpu |  77 tokens    cpu | cosines");
        float[]? reference = null;
        foreach ((GemmProvider provider, Precision precision) in new[]
        {
            (GemmProvider.Managed, Precision.Float32), (GemmProvider.Managed, Precision.Int8),
            (GemmProvider.OneDnn, Precision.Float32), (GemmProvider.OneDnn, Precision.BFloat16), (GemmProvider.OneDnn, Precision.Int8),
        })
        {
            string name = $"{provider} {precision}".ToLowerInvariant();
            if (provider == GemmProvider.OneDnn && !OneDnn.Supports(precision))
            {
                Console.WriteLine($"{name,-30}  skipped: {(OneDnn.IsAvailable ? "this processor has no such product" : OneDnn.Problem)}");
                continue;
            }
            (EncoderMeasure[] measures, float[] embeddings) = Ours(folder, new EncoderOptions { Provider = provider, Precision = precision }, sound, texts);
            Print(name, measures, embeddings, reference ??= embeddings);
        }
        string peers = Option("--peers", "Benchmarks/peers");
        Peer("/usr/bin/python3", Path.Combine(peers, "encoders_torch.py"), folder, reference!);
        Peer("node", Path.Combine(peers, "encoders_onnx.mjs"), folder, reference!);
        return 0;
    }

    private static (EncoderMeasure[] Measures, float[] Embeddings) Ours(string folder, EncoderOptions options, float[] sound, int[][] texts)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "weights.safetensors"));
        var audio = new AudioTower(ParameterSet.Load(FullSizeModel.Audio.Layout(), file, "audio.", options), FullSizeModel.Audio);
        var text = new TextTower(ParameterSet.Load(FullSizeModel.Text.Layout(), file, "text.", options), FullSizeModel.Text);
        AudioTowerBuffers[] buffers = [.. Enumerable.Range(0, 2).Select(_ => new AudioTowerBuffers(audio, 1, 1000, training: false))];
        void Clips(int thread) => audio.Forward(sound.AsSpan(thread * Clip, Clip), 1, 1000, buffers[thread]);
        var measures = new List<EncoderMeasure>
        {
            EncoderMeasure.Of(() => Clips(0)),
            EncoderMeasure.Of(() => Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, Clips)),
        };
        measures[1] = new EncoderMeasure(measures[1].Wall / 2, measures[1].Processor / 2); // two clips
        var embeddings = new List<float>(buffers[0].Embeddings.Span.ToArray());
        foreach (int[] ids in texts)
        {
            var b = new TextTowerBuffers(FullSizeModel.Text, 1, 77, training: false);
            measures.Add(EncoderMeasure.Of(() => text.Forward(ids, [ids.Length - 1], 1, ids.Length, b)));
            embeddings.AddRange(b.Embeddings.Span);
        }
        return ([.. measures], [.. embeddings]);
    }

    /// <summary>A peer prints a line per variant, name;wall;cpu;... in milliseconds, and writes NAME.out.f32.</summary>
    private static void Peer(string program, string script, string folder, float[] reference)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [script, folder]) { RedirectStandardOutput = true })!;
            while (process.StandardOutput.ReadLine() is { } line)
            {
                string[] parts = line.Split(';');
                if (parts.Length != 9)
                {
                    Console.WriteLine(line);
                    continue;
                }
                float[] embeddings = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, parts[0] + ".out.f32"))).ToArray();
                Print(parts[0], [.. Enumerable.Range(0, 4).Select(i => EncoderMeasure.Parse(parts[1 + 2 * i], parts[2 + 2 * i]))], embeddings, reference);
            }
            process.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.WriteLine($"{program} is not installed: {script} is left out");
        }
    }

    private static void Print(string name, EncoderMeasure[] m, float[] embeddings, float[] reference)
    {
        double Cosine(int part)
        {
            ReadOnlySpan<float> a = embeddings.AsSpan(part * 512, 512), b = reference.AsSpan(part * 512, 512);
            double dot = 0, aa = 0, bb = 0;
            for (int i = 0; i < a.Length; i++)
            {
                dot += (double)a[i] * b[i];
                aa += (double)a[i] * a[i];
                bb += (double)b[i] * b[i];
            }
            return dot / Math.Sqrt(aa * bb);
        }
        Console.WriteLine(
            $"{name,-30}  {1000 / m[0].Wall,10:F2} {1000 / m[1].Wall,5:F2} {m[0].Processor,9:F0} | {m[2].Wall,10:F2} {m[2].Processor,6:F2} "
            + $"| {m[3].Wall,10:F1} {m[3].Processor,6:F1} | {Cosine(0):F6} {Cosine(1):F6} {Cosine(2):F6}");
    }

    /// <summary>A start token, arbitrary ones, an end token.</summary>
    private static int[] Ids(int length)
    {
        var random = new Random(length);
        return [49_406, .. Enumerable.Range(0, length - 2).Select(_ => random.Next(49_406)), 49_407];
    }
}
