namespace SoundSearch.Engine.Models;

/// <summary>A stack of <see cref="TransformerBlock"/>s: the one body of the audio, image and text towers.</summary>
public sealed class Transformer
{
    private readonly TransformerBlock[] blocks;

    /// <param name="parameters">Holds the names of <see cref="Layout"/>.</param>
    /// <param name="prefix">"encoder" in VIP-ANT's audio tower, "transformer" in CLIP's towers; blocks are PREFIX.resblocks.N.</param>
    /// <param name="shape">Sizes.</param>
    /// <exception cref="ArgumentException">Width is not a multiple of heads, or the MLP has no width.</exception>
    public Transformer(ParameterSet parameters, string prefix, TransformerShape shape)
    {
        if (shape.Heads < 1 || shape.Width % shape.Heads != 0)
        {
            throw new ArgumentException($"A width of {shape.Width} cannot be split over {shape.Heads} heads.", nameof(shape));
        }
        if (shape.Hidden < 1)
        {
            throw new ArgumentException($"An MLP {shape.Hidden} wide is none.", nameof(shape));
        }
        Shape = shape;
        blocks = new TransformerBlock[shape.Layers];
        if (parameters.IsForInference)
        {
            Parallel.For(0, blocks.Length, Make); // each packs its weights
        }
        else
        {
            for (int l = 0; l < blocks.Length; l++)
            {
                Make(l);
            }
        }

        void Make(int l) => blocks[l] = new TransformerBlock(parameters, $"{prefix}.resblocks.{l}", shape);
    }

    public TransformerShape Shape { get; }

    public IReadOnlyList<TransformerBlock> Blocks => blocks;

    public static IEnumerable<ParameterShape> Layout(string prefix, TransformerShape shape) =>
        Enumerable.Range(0, shape.Layers).SelectMany(l => TransformerBlock.Layout($"{prefix}.resblocks.{l}", shape));

    /// <summary>buffers.Input to buffers.Output, [batch * tokens, width].</summary>
    public void Forward(TransformerBuffers buffers, int batch, int tokens)
    {
        buffers.Check(batch, tokens);
        for (int l = 0; l < blocks.Length; l++)
        {
            blocks[l].Forward(buffers.Blocks[l], batch, tokens, buffers.Training);
        }
    }
}
