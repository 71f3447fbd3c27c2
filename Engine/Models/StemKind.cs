using System.Text.Json.Serialization;

namespace SoundSearch.Engine.Models;

/// <summary>How a spectrogram or picture becomes tokens.</summary>
public enum StemKind
{
    /// <summary>One convolution with stride, as in CLIP and VIP-ANT.</summary>
    [JsonStringEnumMemberName("patch")]
    Patch,

    /// <summary>Three 3x3 convolutions of stride 2, then one linear layer per time step; our <c>pocket</c> model.</summary>
    [JsonStringEnumMemberName("conv")]
    Conv,
}
