Console.Error.WriteLine("benchmarks"); return 2;
