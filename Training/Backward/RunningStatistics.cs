using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Moves a conv stem's running mean and variance, which inference uses, towards those of the last batch.</summary>
public static class RunningStatistics
{
    /// <summary>
    /// running = (1 - momentum) running + momentum * batch, with the unbiased variance as in PyTorch's BatchNorm2d;
    /// several shards of a step are averaged. Towers without batch norm are left as they are.
    /// </summary>
    public static void Update(AudioTower tower, IReadOnlyList<AudioTowerBuffers> shards, float momentum)
    {
        if (tower.Stem is not ConvStem stem)
        {
            return;
        }
        for (int l = 0; l < stem.Layers.Count; l++)
        {
            Span<float> mean = stem.Layers[l].RunningMean.Span, variance = stem.Layers[l].RunningVariance.Span;
            for (int c = 0; c < mean.Length; c++)
            {
                double batchMean = 0, batchVariance = 0;
                foreach (AudioTowerBuffers shard in shards)
                {
                    ConvLayerBuffers b = shard.Stem.Layers[l];
                    batchMean += b.Mean.Span[c];
                    batchVariance += b.Variance.Span[c] * ((double)b.Pixels / Math.Max(1, b.Pixels - 1));
                }
                mean[c] += momentum * (float)(batchMean / shards.Count - mean[c]);
                variance[c] += momentum * (float)(batchVariance / shards.Count - variance[c]);
            }
        }
    }
}
