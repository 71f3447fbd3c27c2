using System.Collections.Concurrent;

namespace SoundSearch.Engine.Models;

/// <summary>Texts through a tokenizer and CLAP's text tower. Rows of equal length are computed together, so that none is padded.</summary>
public sealed class RobertaEncoder : ITextEncoder
{
    private const int MaxBatch = 16;

    private readonly RobertaTower tower;
    private readonly Func<string, int[]> tokenise;
    private readonly ConcurrentBag<RobertaBuffers> small = []; // a query: one row
    private readonly ConcurrentBag<RobertaBuffers> large = []; // many texts

    /// <param name="tower">The weights.</param>
    /// <param name="tokenise">
    /// From text to ids, start and end token included, no longer than the tower's context: <see cref="Text.Tokenizer.EncodeWithEnds"/>.
    /// Safe for concurrent callers.
    /// </param>
    public RobertaEncoder(RobertaTower tower, Func<string, int[]> tokenise) => (this.tower, this.tokenise) = (tower, tokenise);

    public int Dimensions => tower.Shape.Embedding;

    public RobertaTower Tower => tower;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">embeddings is too small, or the tokenizer does not fit the tower.</exception>
    public void Encode(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        if (embeddings.Length < texts.Count * Dimensions)
        {
            throw new ArgumentException($"{texts.Count} texts need {texts.Count * Dimensions} values, not {embeddings.Length}.", nameof(embeddings));
        }
        int[][] rows = [.. texts.Select(tokenise)];
        int[] order = [.. Enumerable.Range(0, rows.Length).OrderBy(i => rows[i].Length)];
        ConcurrentBag<RobertaBuffers> pool = rows.Length == 1 ? small : large;
        if (!pool.TryTake(out RobertaBuffers? buffers))
        {
            buffers = new RobertaBuffers(tower.Shape, rows.Length == 1 ? 1 : MaxBatch, tower.Shape.Context, training: false);
        }
        for (int from = 0, to; from < order.Length; from = to)
        {
            int tokens = rows[order[from]].Length;
            to = from + 1;
            while (to < order.Length && to - from < MaxBatch && rows[order[to]].Length == tokens)
            {
                to++;
            }
            EncodeGroup(rows, order.AsSpan(from, to - from), tokens, buffers, embeddings);
        }
        pool.Add(buffers);
    }

    private void EncodeGroup(int[][] rows, ReadOnlySpan<int> group, int tokens, RobertaBuffers buffers, Span<float> embeddings)
    {
        int[] ids = new int[group.Length * tokens];
        for (int i = 0; i < group.Length; i++)
        {
            rows[group[i]].CopyTo(ids, i * tokens);
        }
        tower.Forward(ids, group.Length, tokens, buffers);
        for (int i = 0; i < group.Length; i++)
        {
            UnitLength.Forward(
                buffers.Embeddings.Span.Slice(i * Dimensions, Dimensions), embeddings.Slice(group[i] * Dimensions, Dimensions), 1, Dimensions);
        }
    }
}
