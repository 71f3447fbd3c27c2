using SoundSearch.Engine;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Curation;

/// <summary>Makes the list of texts for training sounds (Zhao et al. 2022, section 3.3). Knows nothing of which frames agree.</summary>
public static class Curator
{
    /// <summary>Lines in the order of the sounds.</summary>
    /// <param name="options">Of any kind but <see cref="CaptionKind.Listed"/>.</param>
    /// <param name="sounds">To train on.</param>
    /// <param name="source">Captions to choose from; asked only by the kinds that choose.</param>
    /// <param name="pictures">The frozen image tower's vectors of all pictures, <see cref="PictureVectors.OfAll"/>.</param>
    /// <param name="heard">Vectors [sounds, width] of the tower that training starts from: asked where the frame nearest to the sound is wanted.</param>
    /// <param name="text">The frozen text tower.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <exception cref="ArgumentException">The list was to be there.</exception>
    public static IReadOnlyList<CaptionLine> Propose(
        CaptionOptions options, IReadOnlyList<CuratedSound> sounds, Func<IReadOnlyList<string>> source, float[] pictures, Func<float[]> heard, ITextEncoder text, CancellationToken cancellation) => options.Kind switch
        {
            CaptionKind.Gold => [.. sounds.SelectMany(s => s.Texts.Select(t => new CaptionLine(s.Path, t)))],
            CaptionKind.Labels => [.. sounds.Where(s => s.Labels.Count > 0).Select(s => new CaptionLine(s.Path, string.Join(", ", s.Labels)))],
            CaptionKind.Random => Draw(source(), options, sounds),
            CaptionKind.Mined => Mine(new CaptionMiner(source(), options.Prompt, text), options, sounds, pictures, text.Dimensions, heard, cancellation),
            _ => throw new ArgumentException("A list of the kind 'listed' is there already, or somebody else makes it.", nameof(options)),
        };

    private static IReadOnlyList<CaptionLine> Draw(IReadOnlyList<string> captions, CaptionOptions options, IReadOnlyList<CuratedSound> sounds)
    {
        var random = new RandomSource(options.Seed);
        return [.. sounds.SelectMany(s => Enumerable.Range(0, options.PerClip).Select(_ => new CaptionLine(s.Path, captions[random.Next(captions.Count)])).ToArray())];
    }

    private static IReadOnlyList<CaptionLine> Mine(CaptionMiner miner, CaptionOptions options, IReadOnlyList<CuratedSound> sounds, float[] pictures, int width, Func<float[]> heard, CancellationToken cancellation)
    {
        float[] vectors = options.Frames == FrameRule.Nearest ? heard() : []; // [sounds, width]
        var random = new RandomSource(options.Seed);
        List<CaptionLine> lines = [];
        for (int s = 0; s < sounds.Count; s++)
        {
            cancellation.ThrowIfCancellationRequested();
            float[] all = PictureVectors.Rows(pictures, width, sounds[s].Pictures); // [frames, width]
            int frame = options.Frames switch
            {
                FrameRule.Nearest => FrameChoice.Nearest(vectors.AsSpan(s * width, width), all),
                FrameRule.Random => random.Next(sounds[s].Pictures.Length),
                _ => -1,
            };
            ReadOnlySpan<float> frames = frame < 0 ? all : all.AsSpan(frame * width, width);
            lines.AddRange(miner.Nearest(frames, options.PerClip).Select(found => new CaptionLine(sounds[s].Path, found.Caption, Math.Round(found.Cosine, 3))));
        }
        return lines;
    }
}
