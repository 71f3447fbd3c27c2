using SoundSearch.Engine.Models;
using SoundSearch.Indexer;
using SoundSearch.Training.Evaluation.Datasets;

namespace SoundSearch.Cli;

/// <summary>A data set's clips as vectors: the mean of a clip's windows, as in indexing.</summary>
internal static class EvaluationSounds
{
    /// <returns>The set without clips that could not be read, their vectors [clips, dimensions], and why the others failed.</returns>
    /// <exception cref="IOException">No clip could be read.</exception>
    public static (EvaluationSet Set, float[] Vectors, IReadOnlyList<string> Failed) Encode(EvaluationSet set, SoundModel model, int threads, CancellationToken cancellation)
    {
        var sounds = new IndexModel(model);
        var vectors = new float[]?[set.Clips.Count];
        var failures = new string?[set.Clips.Count];
        var line = new ProgressLine("clips");
        int done = 0;
        Parallel.For(0, set.Clips.Count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, i =>
        {
            try
            {
                vectors[i] = SoundEncoder.EncodeWhole(set.Clips[i].Path, sounds, cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failures[i] = e.Message;
            }
            line.Show(Interlocked.Increment(ref done), set.Clips.Count);
        });
        line.Finish();
        string[] failed = [.. failures.OfType<string>()];
        if (failed.Length == set.Clips.Count)
        {
            throw new IOException($"{set.Name}: no clip could be read. {failed[0]}");
        }
        return (set with { Clips = [.. set.Clips.Where((_, i) => vectors[i] is not null)] }, [.. vectors.OfType<float[]>().SelectMany(v => v)], failed);
    }
}
