using System.Numerics.Tensors;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Mirror of <see cref="CaptionDecoder"/>. One per thread: it owns its scratch memory.</summary>
public sealed class CaptionDecoderBackward
{
    private readonly CaptionDecoder decoder;
    private readonly CaptionDecoder gradients;
    private readonly TransformerBackward transformer;
    private readonly float[] stream;     // [batch * tokens, width]
    private readonly float[] normal;     // [scored, width]
    private readonly float[] last;       // [scored, width]
    private readonly float[] projected;  // [heard rows * audio tokens, width]

    /// <param name="decoder">The weights.</param>
    /// <param name="gradients">Of the same layout (<see cref="ParameterSet.ZerosLike"/>); added to, so the caller clears them.</param>
    /// <param name="maxBatch">Rows.</param>
    public CaptionDecoderBackward(CaptionDecoder decoder, ParameterSet gradients, int maxBatch)
    {
        CaptionDecoderShape s = decoder.Shape;
        this.decoder = decoder;
        this.gradients = new CaptionDecoder(gradients, s);
        transformer = new TransformerBackward(decoder.Transformer, this.gradients.Transformer, maxBatch, s.Context);
        stream = new float[maxBatch * s.Context * s.Width];
        normal = new float[maxBatch * s.CaptionTokens * s.Width];
        last = new float[maxBatch * s.CaptionTokens * s.Width];
        projected = new float[maxBatch * s.AudioTokens * s.Width];
    }

    /// <summary>Adds the gradients of every parameter.</summary>
    /// <param name="b">As the forward pass left them; planned for training.</param>
    /// <param name="dLogits">[scored, vocabulary], gradient of b.Logits.</param>
    public void Run(CaptionDecoderBuffers b, ReadOnlySpan<float> dLogits)
    {
        CaptionDecoderShape s = decoder.Shape;
        int width = s.Width, batch = b.Batch, tokens = b.Tokens, scored = b.Scored, heard = b.HeardRows * s.AudioTokens;
        Span<float> dx = stream.AsSpan(0, batch * tokens * width);         // [batch * tokens, width]
        Span<float> dnormal = normal.AsSpan(0, scored * width);            // [scored, width]
        Span<float> dlast = last.AsSpan(0, scored * width);                // [scored, width]
        Span<float> dprojected = projected.AsSpan(0, heard * width);       // [heard rows * audio tokens, width]
        dx.Clear();
        dlast.Clear();

        LinearBackward.Run(decoder.Output, gradients.Output, dLogits[..(scored * s.Vocabulary)], b.Normal.Span[..(scored * width)], dnormal, scored);
        NormBackward.Run(decoder.NormFinal, gradients.NormFinal, dnormal, b.Last.Span, b.Mean.Span, b.Rstd.Span, dlast, scored);
        int at = 0;
        for (int r = 0; r < batch; r++)
        {
            int end = CaptionDecoder.Length(b.Rows[r], s), count = b.Rows[r].Scored * width;
            dlast.Slice(at, count).CopyTo(dx[((r * tokens + end) * width - count)..]);
            at += count;
        }
        transformer.Run(b.Transformer, dx, batch, tokens);
        Disassemble(b.Rows, dx, dprojected, tokens);
        LinearBackward.Run(decoder.Audio, gradients.Audio, dprojected, b.Heard.Span[..(heard * s.AudioWidth)], default, heard);
    }

    private void Disassemble(ReadOnlySpan<CaptionRow> rows, ReadOnlySpan<float> dx, Span<float> dprojected, int tokens)
    {
        CaptionDecoderShape s = decoder.Shape;
        int width = s.Width, heard = 0;
        for (int r = 0; r < rows.Length; r++)
        {
            ReadOnlySpan<float> d = dx.Slice(r * tokens * width, tokens * width);
            if (!rows[r].Audio.IsEmpty)
            {
                int count = s.AudioTokens * width;
                Span<float> dpositions = gradients.Positions.Span[..count];
                TensorPrimitives.Add(dpositions, d[..count], dpositions);
                d[..count].CopyTo(dprojected[heard..]);
                d = d[count..];
                heard += count;
            }
            d = Words(rows[r].Tags.Span, s.AudioTokens, d);
            Words(rows[r].Caption.Span, s.AudioTokens + s.TagTokens, d);
        }
    }

    private ReadOnlySpan<float> Words(ReadOnlySpan<int> ids, int firstPosition, ReadOnlySpan<float> d)
    {
        int width = decoder.Shape.Width;
        for (int t = 0; t < ids.Length; t++)
        {
            Span<float> dtoken = gradients.Output.Weight.Span.Slice(ids[t] * width, width);
            Span<float> dposition = gradients.Positions.Span.Slice((firstPosition + t) * width, width);
            TensorPrimitives.Add(dtoken, d.Slice(t * width, width), dtoken);
            TensorPrimitives.Add(dposition, d.Slice(t * width, width), dposition);
        }
        return d[(ids.Length * width)..];
    }
}
