namespace SoundSearch.Engine.Models;

/// <summary>From input [batch, frames, bins, channels], channels last, to patch tokens [batch * rows * columns, width].</summary>
public abstract class Stem(AudioTowerShape shape)
{
    protected AudioTowerShape Shape { get; } = shape;

    /// <summary>Writes b.Patches.</summary>
    internal abstract void Forward(ReadOnlySpan<float> input, int batch, int frames, StemBuffers b);

    internal abstract StemBuffers Plan(Arena arena, int maxBatch, int maxFrames, bool training);
}
