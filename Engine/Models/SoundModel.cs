using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Text;

namespace SoundSearch.Engine.Models;

/// <summary>
/// A model, opened from its folder. Names and shapes are checked at once; each tower's weights are read when its encoder
/// is first asked for, so a search by text never loads the audio tower. Safe for concurrent callers; encoders stay
/// usable after <see cref="Dispose"/>, but none can be asked for then.
/// </summary>
public sealed class SoundModel : IDisposable
{
    private const string AudioCentre = "audio", TextCentre = "text";

    private readonly SafetensorsFile file;
    private readonly EncoderOptions options;
    private readonly Lazy<ITextEncoder> uncentredText;
    private readonly Lazy<ITextEncoder> text;
    private readonly Lazy<IAudioEncoder> audio;
    private readonly Lazy<AudioTower> image;
    private readonly Lazy<string> fingerprint;

    private SoundModel(string folder, ModelDescription description, SafetensorsFile file, EncoderOptions options)
    {
        (Folder, Description, this.file, this.options) = (folder, description, file, options);
        uncentredText = new Lazy<ITextEncoder>(() =>
            description.HasText ? OpenText() : throw Missing("text", "read texts: search with --words-only, or with a model that reads"));
        text = new Lazy<ITextEncoder>(() => Centred(UncentredText));
        audio = new Lazy<IAudioEncoder>(() =>
            description.HasAudio ? Centred(OpenAudio()) : throw Missing("audio", "hear sounds: index with another model"));
        image = new Lazy<AudioTower>(() =>
        {
            AudioTowerShape shape = description.Image ?? throw Missing("image", "see pictures: add CLIP's weights with 'soundsearch model add clip'");
            return new AudioTower(ParameterSet.Load(shape.Layout(), file, ModelFolder.ImagePrefix, options), shape); // whole: training starts from it
        });
        fingerprint = new Lazy<string>(() => ModelFolder.Fingerprint(folder, description));
    }

    public string Folder { get; }

    public ModelDescription Description { get; }

    /// <summary>Stored in every library; <see cref="ModelFolder.Fingerprint"/>.</summary>
    public string Fingerprint => fingerprint.Value;

    /// <exception cref="InvalidOperationException">The model has no text tower, or no tokenizer.</exception>
    /// <exception cref="FileFormatException">Tokenizer and text tower do not belong together.</exception>
    public ITextEncoder Text => text.Value;

    /// <summary>The text tower's own vectors: the space that towers are trained into, before there is a centre.</summary>
    /// <inheritdoc cref="Text"/>
    public ITextEncoder UncentredText => uncentredText.Value;

    /// <exception cref="InvalidOperationException">The model has no audio tower.</exception>
    public IAudioEncoder Audio => audio.Value;

    /// <summary>CLIP's image tower, over pictures [rows, columns, 3].</summary>
    /// <exception cref="InvalidOperationException">The model has no image tower.</exception>
    public AudioTower Image => image.Value;

    /// <param name="folder">Holds model.json.</param>
    /// <param name="options">How its encoders compute; by default in float32, managed.</param>
    /// <exception cref="FileFormatException">A file is damaged or does not fit the description.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static SoundModel Open(string folder, EncoderOptions? options = null)
    {
        ModelDescription description = ModelFolder.ReadDescription(folder);
        SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, description.Tensors));
        try
        {
            Check(description.Audio?.Layout() ?? description.ClapAudio?.Layout(), ModelFolder.AudioPrefix);
            Check(description.Text?.Layout() ?? description.Roberta?.Layout(), ModelFolder.TextPrefix);
            Check(description.Image?.Layout(), ModelFolder.ImagePrefix);
            Check(IsCentred(file) ? CentreLayout(description.Embedding) : null, ModelFolder.CentrePrefix);
            return new SoundModel(folder, description, file, options ?? EncoderOptions.Default);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        void Check(IReadOnlyList<ParameterShape>? layout, string prefix)
        {
            if (layout is not null)
            {
                ParameterSet.Check(layout, file, prefix);
            }
        }
    }

    /// <summary>What <see cref="ModelContents.Centre"/> holds: "audio" and "text", [embedding] each.</summary>
    public static IReadOnlyList<ParameterShape> CentreLayout(int embedding) => [new(AudioCentre, [embedding]), new(TextCentre, [embedding])];

    /// <summary>The audio tower with all its weights in memory of its own: training starts from it.</summary>
    /// <exception cref="InvalidOperationException">The model has none, or LAION-CLAP's, which can be run and not trained.</exception>
    public AudioTower CopyAudio()
    {
        AudioTowerShape shape = Description.Audio ?? throw Missing("audio", "be trained: pocket and VIP-ANT can");
        return new AudioTower(ParameterSet.Load(shape.Layout(), file, ModelFolder.AudioPrefix), shape);
    }

    /// <summary>
    /// This model's texts with an audio tower that was trained into their space, as <see cref="ModelFolder.Save"/> takes it. Vectors
    /// are measured from no centre: this model's is of its own sounds.
    /// </summary>
    /// <param name="description">Its name, version, licence, training data, audio tower, front end and window; the rest is this model's.</param>
    /// <param name="audio">Weights of the description's audio tower.</param>
    /// <exception cref="InvalidOperationException">The model reads no texts.</exception>
    public ModelContents WithAudio(ModelDescription description, ParameterSet audio)
    {
        IReadOnlyList<ParameterShape> layout = Description.Text?.Layout() ?? Description.Roberta?.Layout() ?? throw Missing("text", "read texts: name a model that does");
        var contents = new ModelContents(description with
        {
            RecipeVersion = Description.RecipeVersion,
            Text = Description.Text,
            Roberta = Description.Roberta,
            Merges = Description.Merges,
            TokenizerFiles = Description.TokenizerFiles,
        })
        {
            Audio = audio,
            Text = ParameterSet.Load(layout, file, ModelFolder.TextPrefix),
        };
        foreach (string name in Description.TextFiles)
        {
            contents.Files[name] = File.ReadAllBytes(Path.Combine(Folder, name));
        }
        return contents;
    }

    public void Dispose() => file.Dispose();

    private static bool IsCentred(SafetensorsFile file) => file.Entries.Keys.Any(name => name.StartsWith(ModelFolder.CentrePrefix, StringComparison.Ordinal));

    private IAudioEncoder Centred(IAudioEncoder encoder) => IsCentred(file) ? new CentredAudioEncoder(encoder, Centre(AudioCentre)) : encoder;

    private ITextEncoder Centred(ITextEncoder encoder) => IsCentred(file) ? new CentredTextEncoder(encoder, Centre(TextCentre)) : encoder;

    private float[] Centre(string tower) => [.. file.Read(ModelFolder.CentrePrefix + tower).Span];

    private ITextEncoder OpenText()
    {
        if (!Description.HasTokenizer)
        {
            throw new InvalidOperationException($"{Folder}: the model '{Description.Name}' has no tokenizer, so it cannot read texts. Add it again with '--merges FILE', or from a folder with its tokenizer.");
        }
        if (Description.Roberta is { } roberta)
        {
            Func<string, int[]> byRoberta = Tokenise(RobertaTokenizer.Load(Folder), roberta.Vocabulary, roberta.Context);
            return new RobertaEncoder(new RobertaTower(Parameters(roberta.Layout(), ModelFolder.TextPrefix), roberta), byRoberta);
        }
        TextTowerShape shape = Description.Text!;
        Tokenizer tokenizer = Description.TokenizerFiles is not null
            ? HuggingFaceClipTokenizer.Load(Folder)
            : ClipTokenizer.Load(Path.Combine(Folder, Description.Merges));
        Func<string, int[]> tokenise = Tokenise(tokenizer, shape.Vocabulary, shape.Context);
        return new TextEncoder(new TextTower(Parameters(shape.Layout(), ModelFolder.TextPrefix), shape), tokenise);
    }

    private IAudioEncoder OpenAudio()
    {
        if (Description.ClapAudio is { } clap)
        {
            var front = new ClapFeatures(Description.ClapFeatures!);
            return new ClapAudioEncoder(new ClapAudioTower(Parameters(clap.Layout(), ModelFolder.AudioPrefix), clap), front, Description.Window!.WindowSamples(front.SampleRate));
        }
        AudioTowerShape shape = Description.Audio!;
        IFeatureExtractor features = Description.Features!.Create();
        return new AudioEncoder(new AudioTower(Parameters(shape.Layout(), ModelFolder.AudioPrefix), shape), features, Description.Window!.WindowSamples(features.SampleRate));
    }

    private ParameterSet Parameters(IReadOnlyList<ParameterShape> layout, string prefix) =>
        ParameterSet.LoadForInference(layout, file, prefix, options);

    private Func<string, int[]> Tokenise(Tokenizer tokenizer, int vocabulary, int context) => tokenizer.VocabularySize == vocabulary
        ? text => tokenizer.EncodeWithEnds(text, context)
        : throw new FileFormatException(
            Path.Combine(Folder, Description.TextFiles.First()), 0, $"a tokenizer of {vocabulary} tokens, as the text tower has", $"{tokenizer.VocabularySize} tokens",
            "Use the tokenizer that belongs to the model.");

    private InvalidOperationException Missing(string tower, string remedy) =>
        new($"{Folder}: the model '{Description.Name}' has no {tower} tower, so it cannot {remedy}.");
}
