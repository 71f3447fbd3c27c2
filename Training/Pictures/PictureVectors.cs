using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SoundSearch.Engine;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Evaluation;

namespace SoundSearch.Training.Pictures;

/// <summary>Pictures through a frozen image tower.</summary>
public static class PictureVectors
{
    /// <summary>In the folder of the tower's run: the vectors of all pictures.</summary>
    public const string FileName = "pictures.safetensors";

    private const int Batch = 32;
    private const string VectorsKey = "vectors", DigestKey = "sha256";

    /// <summary>Unit vectors [pictures, embedding].</summary>
    /// <exception cref="ArgumentException">The tower reads pictures of another size.</exception>
    public static float[] Of(AudioTower tower, PictureStore store, IReadOnlyList<int> pictures)
    {
        AudioTowerShape shape = tower.Shape;
        if (shape.Frames != store.Side || shape.Bins != store.Side || shape.Channels != 3)
        {
            throw new ArgumentException($"The store's pictures have {store.Side} x {store.Side} pixels of 3 channels; the tower reads {shape.Frames} x {shape.Bins} of {shape.Channels}.", nameof(tower));
        }
        int size = store.Side * store.Side * 3, width = shape.Embedding;
        float[] vectors = new float[pictures.Count * width], inputs = new float[Batch * size];
        var buffers = new AudioTowerBuffers(tower, Batch, shape.Frames, training: false);
        for (int first = 0; first < pictures.Count; first += Batch)
        {
            int count = Math.Min(Batch, pictures.Count - first);
            for (int i = 0; i < count; i++)
            {
                PictureInput.Normalise(store.Pixels(pictures[first + i]), inputs.AsSpan(i * size, size));
            }
            tower.Forward(inputs.AsSpan(0, count * size), count, shape.Frames, buffers);
            UnitLength.Forward(buffers.Embeddings.Span, vectors.AsSpan(first * width), count, width);
        }
        return vectors;
    }

    /// <summary>Unit vectors [pictures of the store, embedding], from a file where they are kept; made and kept if the file is not there or is of other weights or pictures.</summary>
    /// <exception cref="ArgumentException">The tower reads pictures of another size.</exception>
    public static float[] OfAll(AudioTower tower, PictureStore store, string path)
    {
        string digest = Digest(tower, store);
        if (File.Exists(path))
        {
            using SafetensorsFile kept = SafetensorsFile.Open(path);
            if (kept.Metadata.GetValueOrDefault(DigestKey) == digest)
            {
                return kept.Read(VectorsKey).Span.ToArray();
            }
        }
        float[] vectors = Of(tower, store, [.. Enumerable.Range(0, store.Entries.Count)]);
        SafetensorsFile.Write(path + ".tmp", [new Tensor(VectorsKey, [store.Entries.Count, tower.Shape.Embedding], vectors)], new Dictionary<string, string> { [DigestKey] = digest });
        File.Move(path + ".tmp", path, overwrite: true);
        return vectors;
    }

    /// <summary>Numbers of the pictures whose own name is among the nearest names, of all that pictures have.</summary>
    /// <param name="all">Of <see cref="OfAll"/>.</param>
    /// <param name="store">The pictures.</param>
    /// <param name="text">The frozen text tower.</param>
    /// <param name="rank">Least place of the own name, from 1 on.</param>
    public static IReadOnlySet<int> Known(float[] all, PictureStore store, ITextEncoder text, int rank)
    {
        string[] names = [.. store.Entries.Select(e => e.Info.Group).Distinct().Order(StringComparer.Ordinal)];
        float[] vectors = new float[names.Length * text.Dimensions];
        text.Encode(names, vectors);
        var cosines = SimilarityMatrix.Dot(all, vectors, text.Dimensions);
        return Enumerable.Range(0, store.Entries.Count).Where(p =>
        {
            int own = Array.BinarySearch(names, store.Entries[p].Info.Group, StringComparer.Ordinal);
            return Enumerable.Range(0, names.Length).Count(n => cosines[p, n] > cosines[p, own]) < rank;
        }).ToHashSet();
    }

    /// <summary>Rows of vectors [all, width], one after the other.</summary>
    public static float[] Rows(float[] all, int width, IEnumerable<int> rows) => [.. rows.SelectMany(r => new ArraySegment<float>(all, r * width, width))];

    private static string Digest(AudioTower tower, PictureStore store)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(store.Digest));
        hash.AppendData(MemoryMarshal.AsBytes(tower.Parameters.Values));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
