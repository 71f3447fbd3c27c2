using System.Text.Json.Serialization;

namespace SoundSearch.Engine.Features;

/// <summary>What fills a window that is longer than its sound. The names are Hugging Face's.</summary>
public enum ClapPadding
{
    /// <summary>As many whole copies of the sound as fit, then silence.</summary>
    [JsonStringEnumMemberName("repeatpad")]
    RepeatPad,

    /// <summary>Copies of the sound, the last one cut.</summary>
    [JsonStringEnumMemberName("repeat")]
    Repeat,

    /// <summary>Silence.</summary>
    [JsonStringEnumMemberName("pad")]
    Pad,
}
