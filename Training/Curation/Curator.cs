using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Run;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Curation;

/// <summary>Makes the list of texts for the training videos (Zhao et al. 2022, section 3.3). Knows nothing of which frames agree.</summary>
public static class Curator
{
    /// <summary>Lines in the order of the videos.</summary>
    /// <param name="options">Of any kind but <see cref="CaptionKind.Listed"/>.</param>
    /// <param name="source">Captions to choose from, a file; empty: the names of all pictures.</param>
    /// <param name="world">Its training videos.</param>
    /// <param name="gold">Texts of a sound, by its number.</param>
    /// <param name="pictures">The frozen image tower's vectors of all pictures, <see cref="PictureVectors.OfAll"/>.</param>
    /// <param name="tower">That training starts from: listens where the frame nearest to the sound is wanted.</param>
    /// <param name="text">The frozen text tower.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <exception cref="Engine.Formats.FileFormatException">The source is no file of captions.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="ArgumentException">It is for evaluation only, or the list was to be there.</exception>
    public static IReadOnlyList<CaptionLine> Propose(
        CaptionOptions options, string source, VideoWorld world, Func<int, IReadOnlyList<string>> gold, float[] pictures, Func<AudioTower> tower, ITextEncoder text, CancellationToken cancellation)
    {
        IReadOnlyList<string> Source() => source.Length > 0
            ? CaptionFile.Read(source)
            : [.. world.Store.Entries.Select(p => p.Info.Group).Distinct().Order(StringComparer.Ordinal)];
        return options.Kind switch
        {
            CaptionKind.Gold => [.. world.Train.SelectMany(v => gold(v.Sound).Select(t => Line(world, v, t)))],
            CaptionKind.Labels => [.. world.Train.Where(v => Info(world, v).Label.Length > 0).Select(v => Line(world, v, Info(world, v).Label.Replace('_', ' ').ToLowerInvariant()))],
            CaptionKind.Random => Draw(Source(), options, world),
            CaptionKind.Mined => Mine(new CaptionMiner(Source(), options.Prompt, text), options, world, pictures, text.Dimensions, tower, cancellation),
            _ => throw new ArgumentException("A list of the kind 'listed' is there already, or somebody else makes it.", nameof(options)),
        };
    }

    private static IReadOnlyList<CaptionLine> Draw(IReadOnlyList<string> captions, CaptionOptions options, VideoWorld world)
    {
        var random = new RandomSource(options.Seed);
        return [.. world.Train.SelectMany(v => Enumerable.Range(0, options.PerClip).Select(_ => Line(world, v, captions[random.Next(captions.Count)])).ToArray())];
    }

    private static IReadOnlyList<CaptionLine> Mine(CaptionMiner miner, CaptionOptions options, VideoWorld world, float[] pictures, int width, Func<AudioTower> tower, CancellationToken cancellation)
    {
        float[] sounds = options.Frames == FrameRule.Nearest ? SoundVectors.Of(tower(), world.Sounds, [.. world.Train.Select(v => v.Sound)]) : []; // [videos, width]
        var random = new RandomSource(options.Seed);
        List<CaptionLine> lines = [];
        for (int v = 0; v < world.Train.Count; v++)
        {
            cancellation.ThrowIfCancellationRequested();
            Video video = world.Train[v];
            float[] vectors = PictureVectors.Rows(pictures, width, video.Pictures); // [frames, width]
            int frame = options.Frames switch
            {
                FrameRule.Nearest => FrameChoice.Nearest(sounds.AsSpan(v * width, width), vectors),
                FrameRule.Random => random.Next(video.Pictures.Length),
                _ => -1,
            };
            ReadOnlySpan<float> frames = frame < 0 ? vectors : vectors.AsSpan(frame * width, width);
            lines.AddRange(miner.Nearest(frames, options.PerClip).Select(found => Line(world, video, found.Caption, Math.Round(found.Cosine, 3))));
        }
        return lines;
    }

    private static CaptionLine Line(VideoWorld world, Video video, string caption, double? cosine = null) => new(Info(world, video).Path, caption, cosine);

    private static SoundInfo Info(VideoWorld world, Video video) => world.Sounds.Entry(video.Sound).Info;
}
