using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Run;

/// <summary>From a recipe's precision to towers that compute with it.</summary>
public static class TrainingPrecisions
{
    /// <exception cref="ArgumentException">This machine does not have it; the message says what it has and what to do.</exception>
    public static EncoderOptions Options(this TrainingPrecision precision)
    {
        try
        {
            return precision switch
            {
                TrainingPrecision.Float32 => EncoderOptions.Default,
                TrainingPrecision.Bfloat16 => EncoderOptions.For(Precision.BFloat16),
                _ => new EncoderOptions { Precision = Precision.BFloat16, Provider = GemmProvider.Managed },
            };
        }
        catch (NotSupportedException e)
        {
            throw new ArgumentException($"{e.Message} The precision bfloat16Managed rounds alike on any processor, no faster than float32.", nameof(precision), e);
        }
    }

    /// <summary>The tower over the same weights, computing with this precision.</summary>
    /// <inheritdoc cref="Options"/>
    public static AudioTower Over(this TrainingPrecision precision, AudioTower tower) => new(tower.Parameters.With(precision.Options()), tower.Shape);
}
