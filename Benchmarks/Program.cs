using SoundSearch.Benchmarks;

switch (args.FirstOrDefault())
{
    case "gemm":
        GemmTable.Print(Console.Out);
        return 0;
    default:
        Console.Error.WriteLine("usage: Benchmarks gemm");
        return 2;
}
