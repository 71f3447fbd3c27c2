using SoundSearch.Engine.Features;

namespace SoundSearch.Engine.Models;

/// <summary>
/// model.json. New members must be optional and null by default: the fingerprint is taken over the JSON of those that
/// shape the vectors, and models of earlier versions must keep theirs.
/// </summary>
public sealed record ModelDescription
{
    /// <summary>The only format so far.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Of model.json.</summary>
    public int Format { get; init; } = CurrentFormat;

    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>Of the weights, an SPDX expression where there is one.</summary>
    public required string Licence { get; init; }

    /// <summary>What it was trained on, in a sentence or two.</summary>
    public required string TrainingData { get; init; }

    /// <summary>Of everything that turns sound and text into vectors and is not a weight; raise it when that changes.</summary>
    public required int RecipeVersion { get; init; }

    /// <summary>The tower of VIP-ANT and pocket; null when the model hears nothing.</summary>
    public AudioTowerShape? Audio { get; init; }

    /// <summary>CLIP's text tower; null when the model reads nothing.</summary>
    public TextTowerShape? Text { get; init; }

    /// <summary>Front end of <see cref="Audio"/>.</summary>
    public FeatureRecipe? Features { get; init; }

    /// <summary>How sounds are cut; null when the model hears nothing.</summary>
    public WindowRule? Window { get; init; }

    /// <summary>File of all towers' weights in the model's folder, names prefixed "audio.", "text." and "image."; "centre." where vectors are measured from one.</summary>
    public string Tensors { get; init; } = "weights.safetensors";

    /// <summary>File of the tokenizer's byte pair merges in the model's folder, plain or gzip; empty when there is no tokenizer.</summary>
    public string Merges { get; init; } = "merges.txt.gz";

    /// <summary>CLIP's image tower, the pivot of training; frames and bins are a picture's rows and columns. Null where there is none.</summary>
    public AudioTowerShape? Image { get; init; }

    /// <summary>LAION-CLAP's audio tower, in the place of <see cref="Audio"/>.</summary>
    public ClapAudioShape? ClapAudio { get; init; }

    /// <summary>Front end of <see cref="ClapAudio"/>.</summary>
    public ClapFeatureRecipe? ClapFeatures { get; init; }

    /// <summary>LAION-CLAP's text tower, in the place of <see cref="Text"/>.</summary>
    public RobertaShape? Roberta { get; init; }

    /// <summary>Files of a tokenizer in Hugging Face's form, in the place of <see cref="Merges"/>: tokenizer.json, or vocab.json and merges.txt.</summary>
    public string[]? TokenizerFiles { get; init; }

    public bool HasAudio => Audio is not null || ClapAudio is not null;

    public bool HasText => Text is not null || Roberta is not null;

    /// <summary>Whether texts can be turned into the tokens of the text tower.</summary>
    public bool HasTokenizer => HasText && TextFiles.Any();

    /// <summary>In Hz; null when the model hears nothing.</summary>
    public int? SampleRate => ClapFeatures?.SampleRate ?? Features?.Output.Rate;

    /// <summary>Length of every tower's vectors.</summary>
    public int Embedding => Embeddings().Select(e => e.Length).FirstOrDefault();

    /// <exception cref="ArgumentException">Members contradict each other.</exception>
    public void Check()
    {
        Audio?.Check();
        Image?.Check();
        Text?.Check();
        ClapAudio?.Check();
        Roberta?.Check();
        if ((Audio is not null && ClapAudio is not null) || (Text is not null && Roberta is not null))
        {
            throw new ArgumentException("There are two audio towers or two text towers.");
        }
        (string Tower, int Length)[] embeddings = [.. Embeddings()];
        if (embeddings.Length == 0)
        {
            throw new ArgumentException("There is neither an audio, a text nor an image tower.");
        }
        if (Array.Exists(embeddings, e => e.Length != embeddings[0].Length))
        {
            throw new ArgumentException($"The towers' embeddings have {string.Join(" and ", embeddings.Select(e => $"{e.Length} ({e.Tower})"))} values: they must share one space.");
        }
        CheckSounds();
        string[] names = [Tensors, .. TextFiles];
        if (Merges is null || !Array.TrueForAll(names, IsFileName))
        {
            throw new ArgumentException($"'{string.Join("', '", names)}' must be names of files in the model's own folder.");
        }
    }

    private void CheckSounds()
    {
        if (!HasAudio)
        {
            return;
        }
        if (Window is null || !(Window.Seconds is >= 0.01 and < 3600) || !(Window.Overlap is >= 0 and <= 0.9))
        {
            throw new ArgumentException($"No sound can be cut like this: {Window?.ToString() ?? "no window"}.");
        }
        if (Audio is not null)
        {
            if (Features is null || Features.Frames < Audio.MinFrames || Features.Frames > TransformerShape.Largest)
            {
                throw new ArgumentException($"The audio tower reads {Audio.MinFrames} frames or more; the front end is {Features?.ToString() ?? "missing"}.");
            }
            if (Features.Output.Bins != Audio.Bins)
            {
                throw new ArgumentException($"The front end makes {Features.Output.Bins} bins, the audio tower reads {Audio.Bins}.");
            }
        }
        if (ClapAudio is not null)
        {
            (ClapFeatures ?? throw new ArgumentException("CLAP's audio tower has no front end.")).Check();
            if (ClapFeatures.Fused != ClapAudio.Fused || ClapFeatures.Bins != ClapAudio.Bins || ClapFeatures.Frames > ClapAudio.MaxFrames)
            {
                throw new ArgumentException(
                    $"The audio tower reads {(ClapAudio.Fused ? "fused " : "")}spectrograms of up to {ClapAudio.MaxFrames} x {ClapAudio.Bins}; the front end makes {(ClapFeatures.Fused ? "fused " : "")}ones of {ClapFeatures.Frames} x {ClapFeatures.Bins}.");
            }
        }
    }

    /// <summary>What the tokenizer is read from; part of the fingerprint.</summary>
    internal IEnumerable<string> TextFiles => !HasText ? [] : TokenizerFiles ?? (Merges is { Length: > 0 } ? [Merges] : []);

    private IEnumerable<(string Tower, int Length)> Embeddings()
    {
        if (Audio is not null)
        {
            yield return ("audio", Audio.Embedding);
        }
        if (Text is not null)
        {
            yield return ("text", Text.Embedding);
        }
        if (Image is not null)
        {
            yield return ("image", Image.Embedding);
        }
        if (ClapAudio is not null)
        {
            yield return ("audio", ClapAudio.Embedding);
        }
        if (Roberta is not null)
        {
            yield return ("text", Roberta.Embedding);
        }
    }

    // Null where the JSON has no such member: initial values do not survive generated serializers.
    private static bool IsFileName(string? name) =>
        name is { Length: > 0 and < 256 } and not ("." or "..") && Path.GetFileName(name) == name && name.IndexOfAny(Path.GetInvalidFileNameChars()) < 0;
}
