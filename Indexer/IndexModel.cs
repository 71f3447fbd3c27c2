using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>The model that turns sounds into vectors. A library is made with one model and refuses others.</summary>
public sealed class IndexModel
{
    /// <param name="encoder">Safe for concurrent callers, one per worker thread; not disposed.</param>
    /// <param name="name">For people.</param>
    /// <param name="fingerprint">Hash of weights and recipe.</param>
    /// <param name="windows">null: the encoder's own length, half overlapping.</param>
    public IndexModel(IAudioEncoder encoder, string name, string fingerprint, WindowRule? windows = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(fingerprint);
        Encoder = encoder;
        Name = name;
        Fingerprint = fingerprint;
        Windows = windows ?? new WindowRule((double)encoder.WindowSamples / encoder.SampleRate);
        int samples = Windows.WindowSamples(encoder.SampleRate);
        if (samples < 1 || samples > encoder.WindowSamples || Windows.Overlap is not (>= 0 and <= 0.9))
        {
            throw new ArgumentException(
                $"Windows of {Windows.Seconds} s overlapping by {Windows.Overlap}; the encoder takes up to {(double)encoder.WindowSamples / encoder.SampleRate} s, and overlaps are 0 to 0.9.",
                nameof(windows));
        }
    }

    /// <summary>A model from its folder.</summary>
    /// <exception cref="InvalidOperationException">It has no audio tower.</exception>
    public IndexModel(SoundModel model)
        : this(model.Audio, model.Description.Name, model.Fingerprint, model.Description.Window)
    {
    }

    public IAudioEncoder Encoder { get; }

    public string Name { get; }

    public string Fingerprint { get; }

    public WindowRule Windows { get; }

    internal LibraryMeta Meta => new(Name, Fingerprint, Encoder.Dimensions, Windows.Seconds, Windows.Overlap);
}
