using System.Collections.Concurrent;

namespace SoundSearch.Engine.Models;

/// <summary>Texts through a tokenizer and a text tower. Rows of similar length are computed together, only up to their end tokens.</summary>
public sealed class TextEncoder : ITextEncoder
{
    private const int MaxBatch = 16;

    private readonly TextTower tower;
    private readonly Func<string, int[]> tokenise;
    private readonly ConcurrentBag<TextTowerBuffers> small = []; // a query: one row
    private readonly ConcurrentBag<TextTowerBuffers> large = []; // many texts

    /// <param name="tower">The weights.</param>
    /// <param name="tokenise">From text to ids, the end token last, no longer than the tower's context. Safe for concurrent callers.</param>
    public TextEncoder(TextTower tower, Func<string, int[]> tokenise) => (this.tower, this.tokenise) = (tower, tokenise);

    public int Dimensions => tower.Shape.Embedding;

    public TextTower Tower => tower;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">embeddings is too small.</exception>
    public void Encode(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        if (embeddings.Length < texts.Count * Dimensions)
        {
            throw new ArgumentException($"{texts.Count} texts need {texts.Count * Dimensions} values, not {embeddings.Length}.", nameof(embeddings));
        }
        int[][] rows = [.. texts.Select(tokenise).Select(row => row[..(tower.Shape.EndOf(row) + 1)])];
        int[] order = [.. Enumerable.Range(0, rows.Length).OrderBy(i => rows[i].Length)];
        ConcurrentBag<TextTowerBuffers> pool = rows.Length == 1 ? small : large;
        if (!pool.TryTake(out TextTowerBuffers? buffers))
        {
            buffers = new TextTowerBuffers(tower.Shape, rows.Length == 1 ? 1 : MaxBatch, tower.Shape.Context, training: false);
        }
        for (int i = 0; i < order.Length; i += MaxBatch)
        {
            ReadOnlySpan<int> group = order.AsSpan(i, Math.Min(MaxBatch, order.Length - i));
            EncodeGroup(rows, group, buffers, embeddings);
        }
        pool.Add(buffers);
    }

    private void EncodeGroup(int[][] rows, ReadOnlySpan<int> group, TextTowerBuffers buffers, Span<float> embeddings)
    {
        int tokens = rows[group[^1]].Length;
        int[] ids = new int[group.Length * tokens], ends = new int[group.Length];
        for (int i = 0; i < group.Length; i++)
        {
            int[] row = rows[group[i]];
            row.CopyTo(ids, i * tokens);
            ends[i] = row.Length - 1;
        }
        tower.Forward(ids, ends, group.Length, tokens, buffers);
        for (int i = 0; i < group.Length; i++)
        {
            UnitLength.Forward(
                buffers.Embeddings.Span.Slice(i * Dimensions, Dimensions), embeddings.Slice(group[i] * Dimensions, Dimensions), 1, Dimensions);
        }
    }
}
