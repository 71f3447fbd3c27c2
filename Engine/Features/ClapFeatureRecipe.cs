using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Features;

/// <summary>Sizes and rules of CLAP's front end. What is not given is that of the public models.</summary>
public sealed record ClapFeatureRecipe
{
    /// <summary>In Hz.</summary>
    public int SampleRate { get; init; } = 48_000;

    /// <summary>Samples of a frame, a power of two.</summary>
    public int FftLength { get; init; } = 1024;

    /// <summary>Samples between frames.</summary>
    public int Hop { get; init; } = 480;

    /// <summary>Mel bins.</summary>
    public int Bins { get; init; } = 64;

    /// <summary>Lower edge of the first filter in Hz.</summary>
    public double LowHertz { get; init; } = 50;

    /// <summary>Upper edge of the last filter in Hz.</summary>
    public double HighHertz { get; init; } = 14_000;

    /// <summary>Samples of a window; the public models hear 10 s.</summary>
    public int WindowSamples { get; init; } = 480_000;

    public ClapPadding Padding { get; init; } = ClapPadding.RepeatPad;

    /// <summary>
    /// Hugging Face's truncation "fusion": a sound longer than the window is heard as a whole, made shorter, and as three
    /// windows of it, and the filters are HTK's. Else ("rand_trunc") one window of it is heard, and the filters are Slaney's.
    /// </summary>
    public bool Fused { get; init; }

    /// <summary>
    /// Whether a fused front end passes a sound that fits into the window for a longer one. The original code, if no sound of a
    /// batch is longer, does that to one of them chosen at random, so always to a single one: true gives what it gives for
    /// single sounds. False (the default) calls longer what is longer, as in training, whatever else is in the batch.
    /// </summary>
    public bool ShortIsLonger { get; init; }

    /// <summary>Frames of a window.</summary>
    public int Frames => Hop > 0 ? 1 + WindowSamples / Hop : 0;

    /// <summary>From Hugging Face's preprocessor_config.json; what it does not say is as in ClapFeatureExtractor.</summary>
    /// <exception cref="FileFormatException">It is for another front end, or asks for what is not supported.</exception>
    public static ClapFeatureRecipe Read(string path)
    {
        HuggingFaceConfig config = HuggingFaceConfig.Open(path);
        if (config.Text("feature_extractor_type") is not (null or "ClapFeatureExtractor"))
        {
            throw config.Wrong("feature_extractor_type", "ClapFeatureExtractor");
        }
        if (config.Has("top_db"))
        {
            throw config.Wrong("top_db", "null");
        }
        int rate = config.Int("sampling_rate", 48_000);
        var recipe = new ClapFeatureRecipe
        {
            SampleRate = rate,
            FftLength = config.Int("fft_window_size", 1024),
            Hop = config.Int("hop_length", 480),
            Bins = config.Int("feature_size", 64),
            LowHertz = config.Number("frequency_min", 0),
            HighHertz = config.Number("frequency_max", 14_000),
            WindowSamples = (int)Math.Min(int.MaxValue, (long)config.Int("max_length_s", 10) * rate),
            Padding = config.Text("padding") switch
            {
                null or "repeatpad" => ClapPadding.RepeatPad,
                "repeat" => ClapPadding.Repeat,
                "pad" => ClapPadding.Pad,
                _ => throw config.Wrong("padding", "repeatpad, repeat or pad"),
            },
            Fused = config.Text("truncation") switch
            {
                null or "fusion" => true,
                "rand_trunc" => false,
                _ => throw config.Wrong("truncation", "fusion or rand_trunc"),
            },
        };
        try
        {
            recipe.Check();
        }
        catch (ArgumentException e)
        {
            throw new FileFormatException(path, 0, "sizes of a front end", e.Message, "Use the file that came with the model's weights.", e);
        }
        return recipe;
    }

    /// <exception cref="ArgumentException">A size is missing or makes no sense.</exception>
    public void Check()
    {
        bool sizes = SampleRate is > 0 and <= 768_000 && FftLength is >= 4 and <= 65_536 && (FftLength & (FftLength - 1)) == 0
            && Hop is > 0 and <= 65_536 && Bins is > 0 and <= 4096 && Enum.IsDefined(Padding);
        // The ends are reflected, which takes half a frame of samples.
        if (!sizes || WindowSamples <= FftLength / 2 || WindowSamples > 600L * SampleRate || !(LowHertz >= 0 && LowHertz < HighHertz && HighHertz <= SampleRate / 2.0))
        {
            throw new ArgumentException($"These sizes do not make a front end: {this}.");
        }
    }
}
