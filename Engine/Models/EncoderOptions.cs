using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>
/// How towers compute the products of their linear layers. It is no part of a model: vectors of all precisions are of one space and
/// may stand in one library, so neither the fingerprint nor the library knows of it. Attention, norms, patches and the projections of
/// single rows stay float32 always. Training takes float32 and bfloat16; weights, gradients, activations and sums are float32 in both.
/// </summary>
public sealed record EncoderOptions
{
    /// <summary>Float32 by this library's own code: the same bytes on every run, and the reference for the others.</summary>
    public static readonly EncoderOptions Default = new();

    public Precision Precision { get; init; } = Precision.Float32;

    public GemmProvider Provider { get; init; } = GemmProvider.Managed;

    /// <summary>
    /// The faster provider that has a precision on this machine. Bfloat16 is oneDNN's alone: managed, it is no faster than float32. Int8 is oneDNN's where the
    /// processor multiplies bytes in 512-bit registers or tiles, which .NET 10 does not offer, else managed.
    /// </summary>
    /// <exception cref="NotSupportedException">None has it; the message says why and what to do.</exception>
    public static EncoderOptions For(Precision precision)
    {
        if (precision == Precision.BFloat16)
        {
            OneDnn.Require(precision);
        }
        bool oneDnn = precision == Precision.BFloat16 || (precision == Precision.Int8 && OneDnn.HasWideInt8);
        return new EncoderOptions { Precision = precision, Provider = oneDnn ? GemmProvider.OneDnn : GemmProvider.Managed };
    }
}
