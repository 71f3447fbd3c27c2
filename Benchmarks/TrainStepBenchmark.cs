using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Losses;
using SoundSearch.Training.Optimizers;
using SoundSearch.Training.Run;

namespace SoundSearch.Benchmarks;

/// <summary>
/// A whole step of training of pocket's audio tower (forward, backward, AdamW; batch 32, float32) beside PyTorch's on the same weights,
/// spectrograms and targets: `train-step [--model DIR] [--peers DIR]`. The losses of the first five steps show that both do the same.
/// </summary>
internal static class TrainStepBenchmark
{
    private const int Batch = 32, LossSteps = 5;

    public static int Run(string[] args)
    {
        string Option(string name, string value) => Array.IndexOf(args, name) is >= 0 and var i ? args[i + 1] : value;
        string model = Option("--model", "models/pocket"), folder = Directory.CreateTempSubdirectory("soundsearch-train-step").FullName;
        try
        {
            AudioTowerShape shape;
            using (SoundModel pocket = SoundModel.Open(model))
            {
                AudioTower tower = pocket.CopyAudio();
                shape = tower.Shape;
                SafetensorsFile.Write(Path.Combine(folder, "weights.safetensors"), tower.Parameters.Tensors);
            }
            float[] input = GemmTable.Random(Batch * shape.Frames * shape.Bins), targets = GemmTable.Random(Batch * shape.Embedding);
            UnitLength.Forward(targets, targets, Batch, shape.Embedding);
            File.WriteAllBytes(Path.Combine(folder, "input.f32"), MemoryMarshal.AsBytes(input.AsSpan()));
            File.WriteAllBytes(Path.Combine(folder, "targets.f32"), MemoryMarshal.AsBytes(targets.AsSpan()));

            Console.WriteLine($"pocket's audio tower, batch {Batch}: least time of a step in ms by the clock and by the processor; losses of the first {LossSteps} steps");
            foreach (int threads in new[] { 1, 2 })
            {
                using var step = new Step(Path.Combine(folder, "weights.safetensors"), shape, threads, input, targets);
                string losses = string.Join(' ', Enumerable.Range(0, LossSteps).Select(_ => step.Run().ToString("F5", CultureInfo.InvariantCulture)));
                EncoderMeasure m = EncoderMeasure.Of(() => step.Run());
                Console.WriteLine($"{$"managed float32, {threads} threads",-34} {m.Wall,8:F0} {m.Processor,8:F0}   {losses}");
                Peer(Path.Combine(Option("--peers", "Benchmarks/peers"), "train_step_torch.py"), folder, threads);
            }
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Peer(string script, string folder, int threads)
    {
        string count = threads.ToString(CultureInfo.InvariantCulture);
        // PyTorch's own setting does not reach OpenBLAS.
        var start = new ProcessStartInfo("/usr/bin/python3", [script, folder, count]) { Environment = { ["OPENBLAS_NUM_THREADS"] = count } };
        try
        {
            using var process = Process.Start(start)!;
            process.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.WriteLine("python3 is not installed: PyTorch is left out");
        }
    }

    /// <summary>As the trainers do it: a part of the batch and its own gradients per thread; batch norm sees a part at a time.</summary>
    private sealed class Step : IDisposable
    {
        private readonly Shards shards;
        private readonly AudioTower tower;
        private readonly ParameterSet[] gradients;
        private readonly AudioTowerBuffers[] buffers;
        private readonly AudioTowerBackward[] backwards;
        private readonly AdamW optimizer;
        private readonly float[] input, targets, vectors, dvectors;
        private readonly double[] losses;

        public Step(string weights, AudioTowerShape shape, int threads, float[] input, float[] targets)
        {
            (this.input, this.targets) = (input, targets);
            using SafetensorsFile file = SafetensorsFile.Open(weights);
            tower = new AudioTower(ParameterSet.Load(shape.Layout(), file), shape);
            shards = new Shards(threads);
            int part = Batch / threads;
            gradients = [.. Enumerable.Range(0, threads).Select(_ => tower.Parameters.ZerosLike())];
            buffers = [.. gradients.Select(_ => new AudioTowerBuffers(tower, part, shape.Frames, training: true))];
            backwards = [.. gradients.Select(g => new AudioTowerBackward(tower, g, part, shape.Frames))];
            optimizer = new AdamW(Parameter.Of(tower.Parameters, gradients[0]), new AdamOptions(1e-4, WeightDecay: 0.05));
            (vectors, dvectors, losses) = (new float[targets.Length], new float[targets.Length], new double[threads]);
        }

        /// <summary>The mean of 1 - cosine before the step.</summary>
        public double Run()
        {
            shards.Run(Pass);
            shards.Sum(gradients);
            optimizer.Step(1);
            return losses.Sum();
        }

        public void Dispose() => shards.Dispose();

        private void Pass(int shard)
        {
            AudioTowerShape shape = tower.Shape;
            int part = Batch / shards.Count, sound = shape.Frames * shape.Bins, width = shape.Embedding;
            ReadOnlySpan<float> x = input.AsSpan(shard * part * sound, part * sound);
            Span<float> z = vectors.AsSpan(shard * part * width, part * width), dz = dvectors.AsSpan(shard * part * width, part * width);
            tower.Forward(x, part, shape.Frames, buffers[shard]);
            UnitLength.Forward(buffers[shard].Embeddings.Span, z, part, width);
            dz.Clear();
            losses[shard] = CosineLoss.Forward(z, targets.AsSpan(shard * part * width, part * width), dz, part, width, 1f / Batch);
            gradients[shard].Values.Clear();
            UnitLengthBackward.Run(dz, buffers[shard].Embeddings.Span, dz, part, width);
            backwards[shard].Run(x, buffers[shard], dz);
        }
    }
}
