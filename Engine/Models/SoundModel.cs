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
    private readonly SafetensorsFile file;
    private readonly Lazy<ITextEncoder> text;
    private readonly Lazy<IAudioEncoder> audio;
    private readonly Lazy<AudioTower> image;
    private readonly Lazy<string> fingerprint;

    private SoundModel(string folder, ModelDescription description, SafetensorsFile file)
    {
        (Folder, Description, this.file) = (folder, description, file);
        text = new Lazy<ITextEncoder>(() => OpenText(description.Text ?? throw Missing("text", "read texts: search with --words-only, or with a model that reads")));
        audio = new Lazy<IAudioEncoder>(() => OpenAudio(description.Audio ?? throw Missing("audio", "hear sounds: index with another model")));
        image = new Lazy<AudioTower>(() =>
        {
            AudioTowerShape shape = description.Image ?? throw Missing("image", "see pictures: add CLIP's weights with 'soundsearch model add clip'");
            return new AudioTower(ParameterSet.Load(shape.Layout(), file, ModelFolder.ImagePrefix), shape);
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

    /// <exception cref="InvalidOperationException">The model has no audio tower.</exception>
    public IAudioEncoder Audio => audio.Value;

    /// <summary>CLIP's image tower, over pictures [rows, columns, 3].</summary>
    /// <exception cref="InvalidOperationException">The model has no image tower.</exception>
    public AudioTower Image => image.Value;

    /// <param name="folder">Holds model.json.</param>
    /// <exception cref="FileFormatException">A file is damaged or does not fit the description.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static SoundModel Open(string folder)
    {
        ModelDescription description = ModelFolder.ReadDescription(folder);
        SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, description.Tensors));
        try
        {
            Check(description.Audio?.Layout(), ModelFolder.AudioPrefix);
            Check(description.Text?.Layout(), ModelFolder.TextPrefix);
            Check(description.Image?.Layout(), ModelFolder.ImagePrefix);
            return new SoundModel(folder, description, file);
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

    public void Dispose() => file.Dispose();

    private TextEncoder OpenText(TextTowerShape shape)
    {
        if (Description.Merges.Length == 0)
        {
            throw new InvalidOperationException($"{Folder}: the model '{Description.Name}' has no tokenizer, so it cannot read texts. Add it again with '--merges FILE'.");
        }
        string merges = Path.Combine(Folder, Description.Merges);
        ClipTokenizer tokenizer = ClipTokenizer.Load(merges);
        if (tokenizer.VocabularySize != shape.Vocabulary)
        {
            throw new FileFormatException(
                merges, 0, $"merges for {shape.Vocabulary} tokens", $"{tokenizer.VocabularySize} tokens", "Use the merges file that belongs to the model.");
        }
        var tower = new TextTower(ParameterSet.Load(shape.Layout(), file, ModelFolder.TextPrefix), shape);
        return new TextEncoder(tower, s => tokenizer.EncodeWithEnds(s, shape.Context));
    }

    private AudioEncoder OpenAudio(AudioTowerShape shape)
    {
        IFeatureExtractor features = Description.Features!.Create();
        var tower = new AudioTower(ParameterSet.Load(shape.Layout(), file, ModelFolder.AudioPrefix), shape);
        return new AudioEncoder(tower, features, Description.Window!.WindowSamples(features.SampleRate));
    }

    private InvalidOperationException Missing(string tower, string remedy) =>
        new($"{Folder}: the model '{Description.Name}' has no {tower} tower, so it cannot {remedy}.");
}
