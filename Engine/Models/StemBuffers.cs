namespace SoundSearch.Engine.Models;

/// <summary>What a stem computes for a batch.</summary>
public sealed class StemBuffers
{
    public required bool Training { get; init; }

    /// <summary>im2col of one clip, one layer at a time: [out height * out width, kernel * kernel * channels]. The backward pass makes it again.</summary>
    public required Memory<float> Columns { get; init; }

    /// <summary>Patch stem in training: the kernels as a matrix [width, patch height * patch width * channels].</summary>
    public Memory<float> Kernel { get; init; }

    /// <summary>Conv stem: one per convolution.</summary>
    public IReadOnlyList<ConvLayerBuffers> Layers { get; init; } = [];

    /// <summary>Conv stem: [batch * rows, bins * channels], the last layer's output.</summary>
    public Memory<float> Features { get; init; }

    /// <summary>[batch * rows * columns, width], the result.</summary>
    public required Memory<float> Patches { get; init; }
}
