// Search an indexed library from your own program: all it takes is Query, which only reads.
// Usage: dotnet run --project samples/FindSounds -- LIBRARY MODEL "heavy rain on a tin roof"
using SoundSearch.Engine.Models;
using SoundSearch.Query;

if (args is not [var libraryFolder, var modelFolder, var text])
{
    Console.Error.WriteLine("Usage: FindSounds LIBRARY MODEL TEXT, for example: FindSounds ~/Sounds/.soundsearch models/pocket \"dog barking\"");
    return 2;
}

// Both are safe for concurrent callers: open them once and keep them.
using SoundModel model = SoundModel.Open(modelFolder);
using SoundLibrary library = SoundLibrary.Open(libraryFolder, model.Text, model.Fingerprint);

SearchResult result = library.Search(new SearchRequest { Text = text, K = 5 });
foreach (SearchHit hit in result.Hits)
{
    Console.WriteLine($"{hit.Score:0.000}  {hit.Path}  from {hit.Start:0.0} to {hit.End:0.0} s");
}
return 0;
