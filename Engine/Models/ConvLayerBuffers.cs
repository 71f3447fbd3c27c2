namespace SoundSearch.Engine.Models;

/// <summary>
/// One convolution of <see cref="ConvStem"/>; pixels = batch * out height * out width. In inference one clip at a time,
/// in place: only <see cref="Activated"/> is there.
/// </summary>
public sealed class ConvLayerBuffers
{
    public Memory<float> Convolved { get; init; }            // [pixels, channels] before batch norm
    public Memory<float> Normal { get; init; }               // [pixels, channels] after it
    public Memory<float> Activated { get; init; }            // [pixels, channels] after QuickGELU; the last layer's is StemBuffers.Features
    public Memory<float> Mean { get; init; }                 // [channels] of this batch, training only
    public Memory<float> Variance { get; init; }             // [channels], biased

    /// <summary>Values that the last forward pass's statistics were taken over, per channel.</summary>
    public int Pixels { get; internal set; }
}
