using System.Text.Json.Serialization;

namespace SoundSearch.Engine.Models;

/// <summary>What bends the hidden layer of a block's MLP.</summary>
public enum Activation
{
    /// <summary>x sigmoid(1.702 x): OpenAI's CLIP and VIP-ANT; Hugging Face's "quick_gelu".</summary>
    [JsonStringEnumMemberName("quick_gelu")]
    QuickGelu,

    /// <summary>x (1 + erf(x / sqrt 2)) / 2: RoBERTa, HTSAT, LAION's CLIPs; Hugging Face's "gelu".</summary>
    [JsonStringEnumMemberName("gelu")]
    Gelu,
}
