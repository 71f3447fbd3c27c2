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
    default:
        Console.Error.WriteLine("usage: Benchmarks gemm | kernels | hnsw");
        return 2;
}
