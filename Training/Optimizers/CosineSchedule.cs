namespace SoundSearch.Training.Optimizers;

/// <summary>
/// Linear warm-up from exactly 0 to peak over the first warm-up steps, then half a cosine down to floor * peak at the last step;
/// VIP-ANT's adjust_learning_rate with peak batch / 256 and floor 0.001. A run shorter than its warm-up never gets to peak.
/// </summary>
public sealed record CosineSchedule(long Warmup, long Total, double Floor = 0.01, double Peak = 1)
{
    /// <summary>The factor for step 0, 1, ...; steps from Total on stay at the floor.</summary>
    public double At(long step)
    {
        if (step < Warmup)
        {
            return Peak * step / Warmup;
        }
        double end = Peak * Floor;
        if (step >= Total)
        {
            return end;
        }
        double q = 0.5 * (1 + Math.Cos(Math.PI * (step - Warmup) / (Total - Warmup)));
        return Peak * q + end * (1 - q);
    }
}
