// Writes a folder of synthesised sounds with meaningless names: something to search before you have sounds of your own.
// Usage: dotnet run --project samples/Synthesis -- FOLDER
using SoundSearch.Samples.Synthesis;

if (args.Length != 1)
{
    Console.Error.WriteLine("Usage: Synthesis FOLDER");
    return 2;
}
foreach ((string file, string what) in SynthesizedLibrary.Write(args[0]))
{
    Console.WriteLine($"{file}\t{what}");
}
return 0;
