using BenchmarkDotNet.Running;
using SoundSearch.Benchmarks;

switch (args.FirstOrDefault())
{
    case "gemm":
        GemmTable.Print(Console.Out);
        return 0;
    case "kernels":
        BenchmarkRunner.Run<KernelBenchmarks>(args: args[1..]);
        return 0;
    case "hnsw":
        return HnswBenchmark.Run(args);
    case "clap":
        ClapAudioBenchmark.Run(Console.Out);
        return 0;
    case "encoders":
        return EncoderBenchmark.Run(args);
    case "train-step":
        return TrainStepBenchmark.Run(args);
    case "first-query":
        return FirstQuery.Run(args);
    case "first-query-child":
        return FirstQuery.RunChild(args);
    default:
        Console.Error.WriteLine("usage: Benchmarks gemm | kernels | hnsw | clap | encoders | train-step | first-query");
        return 2;
}
