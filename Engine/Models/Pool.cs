using System.Text.Json.Serialization;

namespace SoundSearch.Engine.Models;

/// <summary>Which vector of the last block is normalised and projected.</summary>
public enum Pool
{
    /// <summary>A learned class token put before the others, as in CLIP and VIP-ANT.</summary>
    [JsonStringEnumMemberName("class")]
    Class,

    /// <summary>The mean of all tokens; there is no class token then.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,
}
