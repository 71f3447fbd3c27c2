using System.Numerics.Tensors;
using SoundSearch.Engine;
using SoundSearch.Query.Filters;
using SoundSearch.Query.Ranking;
using SoundSearch.Query.Store;

namespace SoundSearch.Query;

/// <summary>
/// A library of sounds, open for searching. Safe for concurrent callers; sees what an indexer commits meanwhile and never
/// waits for it. Every search reads one state of the database.
/// </summary>
public sealed class SoundLibrary : IDisposable
{
    /// <summary>
    /// Below so many segments every search compares all vectors, and no graph is built: a scan of 20,000 vectors of 512
    /// numbers takes 1.8 ms on one core (Zen 3, AVX2), no more than the rest of a search, and is exact.
    /// </summary>
    public const int ExactBelow = 20_000;

    private readonly ITextEncoder? encoder;
    private readonly ReaderPool pool;
    private readonly VectorRanking vectors;

    private SoundLibrary(string directory, LibraryMeta model, ITextEncoder? encoder, ReaderPool pool, int exactBelow)
    {
        Directory = directory;
        Model = model;
        this.encoder = encoder;
        this.pool = pool;
        vectors = new VectorRanking(directory, model, exactBelow);
    }

    /// <summary>The library's folder, absolute.</summary>
    public string Directory { get; }

    /// <summary>The model that made the library's vectors.</summary>
    public LibraryMeta Model { get; }

    /// <summary>Opens a library read-only.</summary>
    /// <param name="directory">The library's folder.</param>
    /// <param name="encoder">Turns questions into vectors; without it texts are searched by words only. Not disposed.</param>
    /// <param name="fingerprint">Fingerprint of the encoder's model, which must be the library's; null to skip the check.</param>
    /// <param name="exactBelow">The neighbour graph is used from so many segments on.</param>
    /// <exception cref="LibraryException">No library, a damaged one, or one made with another model.</exception>
    public static SoundLibrary Open(string directory, ITextEncoder? encoder = null, string? fingerprint = null, int exactBelow = ExactBelow)
    {
        directory = Path.GetFullPath(directory);
        var pool = new ReaderPool(directory);
        try
        {
            LibraryMeta model = pool.Read(connection => LibrarySchema.ReadMeta(connection, LibraryPaths.Database(directory)));
            if (fingerprint is not null && fingerprint != model.Fingerprint)
            {
                throw new LibraryException(directory, $"made with the model '{model.Model}' ({model.Fingerprint}), the one given is {fingerprint}",
                    $"Search with '--model {model.Model}', or index the sounds again with the other model into another library");
            }
            if (model.Dimensions is < 1 or > 65536 || (encoder is not null && encoder.Dimensions != model.Dimensions))
            {
                throw new LibraryException(directory, $"its vectors have {model.Dimensions} dimensions, the text encoder's {encoder?.Dimensions}",
                    $"Search with the model '{model.Model}' that made it");
            }
            return new SoundLibrary(directory, model, encoder, pool, exactBelow);
        }
        catch
        {
            pool.Dispose();
            throw;
        }
    }

    /// <summary>The files that fit a description, by sound and by words.</summary>
    /// <exception cref="ArgumentException">No text, or K out of range, or both VectorOnly and WordsOnly.</exception>
    /// <exception cref="FilterSyntaxException">The filter cannot be understood.</exception>
    /// <exception cref="InvalidOperationException">VectorOnly without a text encoder.</exception>
    /// <exception cref="LibraryException">The database is damaged, locked or gone.</exception>
    public SearchResult Search(SearchRequest request, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(request.Text);
        CheckK(request.K);
        if (request.VectorOnly && request.WordsOnly)
        {
            throw new ArgumentException("VectorOnly and WordsOnly exclude each other.", nameof(request));
        }
        if (request.VectorOnly && encoder is null)
        {
            throw new InvalidOperationException("A search by sound needs a text encoder: give SoundLibrary.Open the model's.");
        }
        SearchFilter? filter = request.Where is null ? null : SearchFilter.Parse(request.Where);
        float[]? question = request.WordsOnly || encoder is null ? null : Encode(request.Text);
        string[] notes = encoder is null && !request.WordsOnly ? ["No text encoder was given: only words were searched."] : [];
        string? text = request.VectorOnly ? null : request.Text;
        return pool.Read(connection => new LibrarySearch(connection, Directory, vectors, filter, notes).Run(question, text, request.K, null, cancellation));
    }

    /// <summary>The files that sound like a vector of the library's model, of any length but zero.</summary>
    /// <inheritdoc cref="Search" path="/exception"/>
    public SearchResult Similar(ReadOnlySpan<float> embedding, int k = 10, string? where = null, CancellationToken cancellation = default)
    {
        CheckK(k);
        if (embedding.Length != Model.Dimensions)
        {
            throw new ArgumentException($"A vector of {embedding.Length} numbers; the library's have {Model.Dimensions}.", nameof(embedding));
        }
        float[] question = Unit(embedding);
        SearchFilter? filter = where is null ? null : SearchFilter.Parse(where);
        return pool.Read(connection => new LibrarySearch(connection, Directory, vectors, filter, []).Run(question, null, k, null, cancellation));
    }

    /// <summary>The other files that sound like one in the library: near the mean of its segments.</summary>
    /// <exception cref="LibraryException">The file is not in the library.</exception>
    public SearchResult Similar(string path, int k = 10, string? where = null, CancellationToken cancellation = default)
    {
        CheckK(k);
        path = LibraryPaths.Full(path);
        SearchFilter? filter = where is null ? null : SearchFilter.Parse(where);
        return pool.Read(connection =>
        {
            long file = LibraryReader.Find(connection, Directory, path)
                ?? throw new LibraryException(path, $"not in the library {Directory}", "Index its folder first, or encode it and search with its vector");
            float[] question = new float[Model.Dimensions];
            return LibraryReader.Mean(connection, file, question)
                ? new LibrarySearch(connection, Directory, vectors, filter, []).Run(question, null, k, file, cancellation)
                : throw new LibraryException(path, "its vectors are damaged", LibraryDatabase.DamagedRemedy);
        });
    }

    /// <summary>Mean of the vectors of a file in the library, of unit length: embedding [Model.Dimensions]. False when the file is not in it.</summary>
    public bool TryGetEmbedding(string path, Span<float> embedding)
    {
        path = LibraryPaths.Full(path);
        float[] mean = new float[Model.Dimensions];
        bool found = pool.Read(connection => LibraryReader.Find(connection, Directory, path) is { } file && LibraryReader.Mean(connection, file, mean));
        mean.CopyTo(embedding);
        return found;
    }

    /// <summary>What is in the library.</summary>
    public LibraryInfo Info() => pool.Read(connection => LibraryReport.Info(connection, Directory, Model, vectors.State(connection).State));

    /// <summary>Reads everything and checks it: the database's own integrity, every vector, what must agree between the tables, the graph against exact search.</summary>
    /// <param name="cancellation">Stops between vectors.</param>
    public VerifyReport Verify(CancellationToken cancellation = default) =>
        pool.Read(connection => LibraryReport.Verify(connection, Directory, Model, vectors, cancellation));

    public void Dispose()
    {
        pool.Dispose();
        vectors.Dispose();
    }

    private static void CheckK(int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, SearchRequest.MaxK);
    }

    private float[] Encode(string text)
    {
        float[] embedding = new float[Model.Dimensions];
        encoder!.Encode([text], embedding);
        return Unit(embedding);
    }

    private static float[] Unit(ReadOnlySpan<float> vector)
    {
        float norm = TensorPrimitives.Norm(vector);
        if (!float.IsFinite(norm) || norm == 0)
        {
            throw new ArgumentException("The vector is zero or not finite.");
        }
        float[] unit = new float[vector.Length];
        TensorPrimitives.Divide(vector, norm, unit);
        return unit;
    }
}
