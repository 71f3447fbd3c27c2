using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>
/// LAION-CLAP (Wu et al. 2023) as Hugging Face's ClapModel, fused or unfused. Sounds are cut into windows of as long as its
/// front end hears (10 s), half overlapping; the original takes one window of a long sound at random, or fuses three.
/// </summary>
public static class ClapWeights
{
    /// <summary>Audio and text tower.</summary>
    /// <exception cref="FileFormatException">A file is missing or damaged, a tensor is missing or of another shape, or the architecture is another one.</exception>
    public static ModelContents Read(HuggingFaceFolder folder, ImportOptions options)
    {
        ClapAudioShape audio = ClapAudioCheckpoint.ReadShape(folder.Config);
        RobertaShape text = RobertaCheckpoint.ReadShape(folder.Config);
        ClapFeatureRecipe features = ClapFeatureRecipe.Read(folder.PreprocessorPath);
        if (features.Fused != audio.Fused || features.Bins != audio.Bins || features.Frames > audio.MaxFrames)
        {
            throw new FileFormatException(
                folder.PreprocessorPath, 0, $"a front end {(audio.Fused ? "with" : "without")} fusion, of {audio.Bins} mels and at most {audio.MaxFrames} frames, as config.json has it",
                $"one {(features.Fused ? "with" : "without")}, {features.Bins} and {features.Frames}", "Use the files that came with the model's weights.");
        }
        var description = new ModelDescription
        {
            Name = options.Name,
            Version = "1",
            Licence = options.Licence,
            TrainingData = $"LAION-CLAP '{folder.Name}' (Wu et al. 2023): LAION-Audio-630K and others, with captions.",
            RecipeVersion = 1,
            ClapAudio = audio,
            ClapFeatures = features,
            Roberta = text,
            Window = new WindowRule((double)features.WindowSamples / features.SampleRate),
            Merges = "",
        };
        return folder.WithTokenizer(new ModelContents(description)
        {
            Audio = ClapAudioCheckpoint.Load(audio, folder.Weights.Read, folder.Weights.Path),
            Text = RobertaCheckpoint.Load(text, folder.Weights.Read, folder.Weights.Path),
        });
    }
}
