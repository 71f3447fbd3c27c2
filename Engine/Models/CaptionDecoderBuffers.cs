namespace SoundSearch.Engine.Models;

/// <summary>Activations of a caption decoder for up to so many rows. Not shared between threads.</summary>
public sealed class CaptionDecoderBuffers
{
    private readonly CaptionRow[] rows;
    private readonly int maxScored;

    /// <param name="shape">Sizes.</param>
    /// <param name="maxBatch">Rows.</param>
    /// <param name="training">Keep everything for the backward pass, and score any place; else the last place of each row only.</param>
    public CaptionDecoderBuffers(CaptionDecoderShape shape, int maxBatch, bool training)
    {
        rows = new CaptionRow[maxBatch];
        maxScored = maxBatch * (training ? shape.CaptionTokens : 1);
        Arena.Plan(arena =>
        {
            Transformer = new TransformerBuffers(arena, shape.Transformer, maxBatch, shape.Context, training);
            Heard = arena.Take(maxBatch, shape.AudioTokens, shape.AudioWidth);
            Projected = arena.Take(maxBatch, shape.AudioTokens, shape.Width);
            Last = arena.Take(maxScored, shape.Width);
            Normal = arena.Take(maxScored, shape.Width);
            Mean = arena.Take(maxScored);
            Rstd = arena.Take(maxScored);
            Logits = arena.Take(maxScored, shape.Vocabulary);
        });
    }

    public TransformerBuffers Transformer { get; private set; } = null!;

    public Memory<float> Heard { get; private set; }       // [heard rows * audio tokens, audio width]
    public Memory<float> Projected { get; private set; }   // [heard rows * audio tokens, width]
    public Memory<float> Last { get; private set; }        // [scored, width] residual stream at the scored places
    public Memory<float> Normal { get; private set; }      // [scored, width] after ln_final
    public Memory<float> Mean { get; private set; }        // [scored]
    public Memory<float> Rstd { get; private set; }        // [scored]

    /// <summary>[scored, vocabulary], the result: row after row, place after place.</summary>
    public Memory<float> Logits { get; private set; }

    /// <summary>Of the last forward pass.</summary>
    public ReadOnlySpan<CaptionRow> Rows => rows.AsSpan(0, Batch);

    public int Batch { get; private set; }

    /// <summary>Length of the longest row, to which the others are padded.</summary>
    public int Tokens { get; private set; }

    /// <summary>Rows with audio.</summary>
    public int HeardRows { get; private set; }

    /// <summary>Places that the next token was asked for.</summary>
    public int Scored { get; private set; }

    internal void Keep(ReadOnlySpan<CaptionRow> newRows, CaptionDecoderShape shape)
    {
        (int tokens, int heard, int scored) = (0, 0, 0);
        foreach (CaptionRow row in newRows)
        {
            heard += row.Audio.IsEmpty ? 0 : 1;
            scored += row.Scored;
            tokens = Math.Max(tokens, CaptionDecoder.Length(row, shape));
        }
        if (newRows.Length == 0 || newRows.Length > rows.Length || scored > maxScored)
        {
            throw new ArgumentException($"The buffers hold 1 to {rows.Length} rows with {maxScored} scored places; asked for {newRows.Length} with {scored}.");
        }
        newRows.CopyTo(rows);
        (Batch, Tokens, HeardRows, Scored) = (newRows.Length, tokens, heard, scored);
    }
}
