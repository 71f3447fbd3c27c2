using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Losses;

namespace SoundSearch.Training.Captioning;

/// <summary>One part of every step: its rows forward, loss, backward into gradients of its own.</summary>
internal sealed class CaptionerShard
{
    private readonly CaptionDecoder decoder;
    private readonly CaptionDecoderBuffers buffers;
    private readonly CaptionDecoderBackward backward;

    public CaptionerShard(CaptionDecoder decoder, int maxRows)
    {
        this.decoder = decoder;
        Gradients = decoder.Parameters.ZerosLike();
        buffers = new CaptionDecoderBuffers(decoder.Shape, maxRows, training: true);
        backward = new CaptionDecoderBackward(decoder, Gradients, maxRows);
    }

    public ParameterSet Gradients { get; }

    /// <summary>Adds the gradients of rows; returns weight times the sum of their tokens' losses.</summary>
    /// <param name="rows">All places of their captions scored.</param>
    /// <param name="targets">The tokens that come next, row after row.</param>
    /// <param name="weight">Of each token.</param>
    public double Add(ReadOnlySpan<CaptionRow> rows, ReadOnlySpan<int> targets, float weight)
    {
        decoder.Forward(rows, buffers);
        Span<float> logits = buffers.Logits.Span[..(targets.Length * decoder.Shape.Vocabulary)];
        double loss = TokenCrossEntropy.Forward(logits, targets, logits, decoder.Shape.Vocabulary, weight);
        backward.Run(buffers, logits);
        return loss;
    }
}
