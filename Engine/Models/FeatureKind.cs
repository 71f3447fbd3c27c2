using System.Text.Json.Serialization;

namespace SoundSearch.Engine.Models;

/// <summary>Which front end a model hears through.</summary>
public enum FeatureKind
{
    /// <summary>32 kHz, a frame each 10 ms, 128 mels: <c>Features.LogMel</c>.</summary>
    [JsonStringEnumMemberName("logMel")]
    LogMel,

    /// <summary>Kaldi's filter bank as VIP-ANT uses it, at the rate its training sounds had: <c>Features.VipAntFeatures</c>.</summary>
    [JsonStringEnumMemberName("vipAnt")]
    VipAnt,
}
