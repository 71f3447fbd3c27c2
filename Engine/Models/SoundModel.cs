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
    private readonly Lazy<TextEncoder> text;
    private readonly Lazy<AudioEncoder> audio;
    private readonly Lazy<string> fingerprint;

    private SoundModel(string folder, ModelDescription description, SafetensorsFile file)
    {
        (Folder, Description, this.file) = (folder, description, file);
        text = new Lazy<TextEncoder>(() =>
        {
            string merges = Path.Combine(folder, description.Merges);
            ClipTokenizer tokenizer = ClipTokenizer.Load(merges);
            if (tokenizer.VocabularySize != description.Text.Vocabulary)
            {
                throw new FileFormatException(
                    merges, 0, $"merges for {description.Text.Vocabulary} tokens", $"{tokenizer.VocabularySize} tokens", "Use the merges file that belongs to the model.");
            }
            var tower = new TextTower(ParameterSet.Load(description.Text.Layout(), file, ModelFolder.TextPrefix), description.Text);
            return new TextEncoder(tower, s => tokenizer.EncodeWithEnds(s, description.Text.Context));
        });
        audio = new Lazy<AudioEncoder>(() =>
        {
            IFeatureExtractor features = description.Features.Create();
            var tower = new AudioTower(ParameterSet.Load(description.Audio.Layout(), file, ModelFolder.AudioPrefix), description.Audio);
            return new AudioEncoder(tower, features, (int)Math.Round(description.Window.Seconds * features.SampleRate));
        });
        fingerprint = new Lazy<string>(() => ModelFolder.Fingerprint(folder, description));
    }

    public string Folder { get; }

    public ModelDescription Description { get; }

    /// <summary>Stored in every library; <see cref="ModelFolder.Fingerprint"/>.</summary>
    public string Fingerprint => fingerprint.Value;

    /// <exception cref="FileFormatException">Tokenizer and text tower do not belong together.</exception>
    public TextEncoder Text => text.Value;

    public AudioEncoder Audio => audio.Value;

    /// <param name="folder">Holds model.json.</param>
    /// <exception cref="FileFormatException">A file is damaged or does not fit the description.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static SoundModel Open(string folder)
    {
        ModelDescription description = ModelFolder.ReadDescription(folder);
        SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, description.Tensors));
        try
        {
            ParameterSet.Check(description.Audio.Layout(), file, ModelFolder.AudioPrefix);
            ParameterSet.Check(description.Text.Layout(), file, ModelFolder.TextPrefix);
            return new SoundModel(folder, description, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => file.Dispose();
}
