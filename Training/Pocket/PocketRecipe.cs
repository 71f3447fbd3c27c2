using System.Globalization;
using SoundSearch.Engine;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;
using SoundSearch.Training.Run;
using SoundSearch.Training.Tagger;
using SoundSearch.Training.Text;

namespace SoundSearch.Training.Pocket;

/// <summary>
/// The default model's recipe from end to end: distil the text tower, make spectrograms of all sounds, train the audio tower
/// into the text tower's space, write the model folder. Each stage is skipped when its result is there, so a run that was
/// stopped goes on with the same command.
/// </summary>
public static class PocketRecipe
{
    public const string ModelFolderName = "pocket";

    private const int Frames = 400; // 4 s
    private const double WindowSeconds = 4, Overlap = 0.5;

    /// <summary>Sizes of pocket's audio tower: 3.8 million parameters, 50 tokens for 4 s.</summary>
    public static AudioTowerShape AudioShape(int embedding) => new()
    {
        Stem = StemKind.Conv,
        Frames = Frames,
        Bins = LogMel.MelBins,
        Width = 256,
        Heads = 4,
        Layers = 4,
        Embedding = embedding,
        Pool = Pool.Mean,
    };

    /// <exception cref="OperationCanceledException">Stopped; the same call goes on.</exception>
    public static void Run(PocketOptions options, TextWriter progress, CancellationToken cancellation)
    {
        string textFolder = Path.Combine(options.OutputFolder, "text"), audioFolder = Path.Combine(options.OutputFolder, "audio");
        options.Precision.Options(); // before anybody waits for data
        TextModel text = TrainText(options, textFolder, progress, cancellation);
        using MelStore pack = MelStoreBuilder.OpenOrBuild(Path.Combine(options.OutputFolder, "pack.mels"), () => PackManifest.Read(options.Sounds), progress, cancellation);
        using MelStore? debian = options.PackagesFolder is null
            ? null
            : MelStoreBuilder.OpenOrBuild(Path.Combine(options.OutputFolder, "debian.mels"), () => new DebianSounds(Path.Combine(options.OutputFolder, "debian"), options.PackagesFolder).Collect(options.PackageList, progress.WriteLine, cancellation), progress, cancellation);

        File.WriteAllText(Path.Combine(options.OutputFolder, "sounds.md"), SourceTable.Of(debian is null ? [pack] : [pack, debian]));
        ITextEncoder encoder = new TextEncoder(text.Tower, s => text.Tokenizer.EncodeWithEnds(s, text.Tower.Shape.Context));
        TeacherTexts teacher = TeacherTexts.Load(options.SentenceTeacher);
        string[] labels = [.. teacher.Texts.Take(TeacherTexts.Labels)];
        string fold = options.HeldOutFold.ToString(CultureInfo.InvariantCulture);
        bool HeldOut(MelEntry e) => e.Info.Set == "esc50" && e.Info.Fold == fold;
        bool Trained(MelEntry e) => options.AllFolds || !HeldOut(e);
        var mixture = debian is null
            ? new SoundMixture([pack], include: Trained)
            : new SoundMixture([pack, debian], [1 - options.DebianShare, options.DebianShare], Trained);
        var feeder = new SampleFeeder(new Augmenter(mixture, options.Seed, frames: Frames), Mn04Tagger.Load(Path.Combine(options.TaggerFolder, "mn04.safetensors")));
        var captions = new CaptionSource(mixture, CaptionSource.Words(teacher.Texts));
        IEnumerable<int> heldOut = Enumerable.Range(0, pack.Entries.Count).Where(i => HeldOut(pack.Entries[i]) && pack.Entries[i].Info.Label.Length > 0);
        var zeroShot = new ZeroShot([.. heldOut.Select(i => new LabelledClip(pack.Entries[i].Info.Label, MelWindows.Cut(pack.Rows(i), Frames)))], encoder);
        progress.WriteLine($"{mixture.Count:N0} sounds to draw from, {captions.Named:N0} with names; {zeroShot.Clips} clips of {zeroShot.Classes} classes {(options.AllFolds ? "to measure with, heard as well" : "held out")}");
        var distillation = new AudioDistillationOptions { Samples = options.Samples, Seed = options.Seed, Accumulate = options.Accumulate, Precision = options.Precision };
        AudioTowerShape shape = AudioShape(encoder.Dimensions);
        using (var run = new AudioDistillation(distillation, shape, feeder, captions, labels, encoder, zeroShot))
        {
            if (options.StartWeights is not null)
            {
                run.StartFrom(options.StartWeights);
            }
            if (!run.Run(audioFolder, progress, cancellation))
            {
                throw new OperationCanceledException(cancellation);
            }
        }
        progress.WriteLine("finding the centres of sounds and texts");
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(audioFolder, AudioDistillation.WeightsName));
        var audio = new AudioTower(ParameterSet.Load(shape.Layout(), weights), shape);
        Centres centres = Centres.Of(audio, debian is null ? [pack] : [pack, debian], Trained, text.Encode(labels), cancellation);
        Export(textFolder, text, audio, centres, Path.Combine(options.OutputFolder, ModelFolderName));
    }

    /// <summary>Writes the model folder from both towers and their centres.</summary>
    private static void Export(string textFolder, TextModel text, AudioTower audio, Centres centres, string modelFolder)
    {
        var description = new ModelDescription
        {
            Name = "pocket",
            Version = "4",
            Licence = "MIT",
            TrainingData = "Distilled from EfficientAT mn04_as and all-MiniLM-L6-v2 on freely licensed sounds; see README.md beside this file.",
            RecipeVersion = 1,
            Audio = audio.Shape,
            Text = text.Tower.Shape,
            Features = new FeatureRecipe(FeatureKind.LogMel, Frames),
            Window = new WindowRule(WindowSeconds, Overlap),
            Merges = TextModel.MergesFile,
        };
        var centre = new ParameterSet(SoundModel.CentreLayout(audio.Shape.Embedding));
        centres.Audio.CopyTo(centre.Tensors[0].Span);
        centres.Text.CopyTo(centre.Tensors[1].Span);
        byte[] merges = File.ReadAllBytes(Path.Combine(textFolder, TextModel.MergesFile));
        ModelFolder.Save(modelFolder, new ModelContents(description) { Audio = audio.Parameters, Text = text.Tower.Parameters, Centre = centre, Files = { [description.Merges] = merges } }, half: true);
    }

    private static TextModel TrainText(PocketOptions options, string folder, TextWriter progress, CancellationToken cancellation)
    {
        if (!File.Exists(Path.Combine(folder, TextModel.WeightsFile)))
        {
            TextDistillation.Run(
                new TextDistillationOptions { TeacherFolder = options.SentenceTeacher, OutputFolder = folder, Samples = options.TextSamples, Seed = options.Seed, Precision = options.Precision, Progress = progress },
                cancellation);
        }
        return TextModel.Load(folder);
    }
}
