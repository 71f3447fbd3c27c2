namespace SoundSearch.Engine.Kernels;

/// <summary>Geometry of a convolution over a channels-last picture [height, width, channels].</summary>
public readonly record struct ConvolutionShape(
    int Height, int Width, int Channels,
    int KernelHeight, int KernelWidth, int StrideHeight, int StrideWidth, int PadHeight, int PadWidth)
{
    public int OutHeight => (Height + 2 * PadHeight - KernelHeight) / StrideHeight + 1;

    public int OutWidth => (Width + 2 * PadWidth - KernelWidth) / StrideWidth + 1;

    /// <summary>Values in one patch: kernelHeight * kernelWidth * channels, channels fastest.</summary>
    public int Patch => KernelHeight * KernelWidth * Channels;
}
