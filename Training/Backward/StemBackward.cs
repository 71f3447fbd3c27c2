using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Mirror of <see cref="Stem"/>: gradients of its parameters; the input itself needs none.</summary>
internal abstract class StemBackward
{
    /// <param name="input">As in the forward pass.</param>
    /// <param name="b">As the forward pass left them.</param>
    /// <param name="dpatches">[batch * rows * columns, width].</param>
    /// <param name="batch">Clips.</param>
    /// <param name="frames">Frames of each.</param>
    public abstract void Run(ReadOnlySpan<float> input, StemBuffers b, ReadOnlySpan<float> dpatches, int batch, int frames);

    public static StemBackward Of(Stem stem, Stem gradients, AudioTowerShape shape, int maxBatch, int maxFrames) =>
        (stem, gradients) switch
        {
            (PatchStem p, PatchStem d) => new PatchStemBackward(p, d, shape),
            (ConvStem c, ConvStem d) => new ConvStemBackward(c, d, shape, maxBatch, maxFrames),
            _ => throw new ArgumentException("The gradients belong to another kind of stem.", nameof(gradients)),
        };
}
