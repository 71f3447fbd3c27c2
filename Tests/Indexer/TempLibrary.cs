using SoundSearch.Indexer;
using SoundSearch.Query;

namespace SoundSearch.Tests.Indexer;

/// <summary>A folder of sounds and a library in a temporary place, removed at the end.</summary>
internal sealed class TempLibrary : IDisposable
{
    public TempLibrary()
    {
        // The real path: the system's temporary folder may be a link.
        Base = Directory.CreateTempSubdirectory("soundsearch-test-").FullName;
        Sounds = Path.Combine(Base, "Sounds");
        Library = Path.Combine(Base, "library");
        Directory.CreateDirectory(Sounds);
    }

    public string Base { get; }

    public string Sounds { get; }

    public string Library { get; }

    public BandEncoder Encoder { get; init; } = new();

    public IndexOptions Options => new()
    {
        Folders = [Sounds],
        LibraryDirectory = Library,
        Model = new IndexModel(Encoder, "bands", BandEncoder.Fingerprint),
        Threads = 2,
        BatchWindows = 4,
    };

    public string Sound(string relative) => Path.Combine(Sounds, relative);

    public string Tone(string relative, int band, double seconds = 0.5, int seed = 0, int rate = 8000, int channels = 1, string? title = null)
    {
        string path = Sound(relative);
        Tones.Write(path, band, seconds, rate, channels, seed, title);
        return path;
    }

    public IndexReport Index() => LibraryIndexer.Run(Options);

    public SoundLibrary Open() => SoundLibrary.Open(Library, new BandTextEncoder(), BandEncoder.Fingerprint);

    /// <summary>Relative paths of all files that can be found, sorted.</summary>
    public string[] Found()
    {
        using SoundLibrary library = Open();
        return [.. library.Search(new SearchRequest { Text = "anything", VectorOnly = true, K = 10_000 }).Hits
            .Select(hit => Path.GetRelativePath(Sounds, hit.Path).Replace('\\', '/')).Order(StringComparer.Ordinal)];
    }

    public void Dispose() => Directory.Delete(Base, recursive: true);
}
