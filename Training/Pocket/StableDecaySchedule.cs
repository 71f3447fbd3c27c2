namespace SoundSearch.Training.Pocket;

/// <summary>
/// Linear warm-up, a long level stretch, then half a cosine down to the floor (Hu et al. 2024, "warmup-stable-decay"): unlike a
/// cosine over the whole run, the level stretch can be made longer after the fact without having wasted anything.
/// </summary>
public sealed record StableDecaySchedule(long Warmup, long Total, double DecayShare, double Floor)
{
    /// <summary>First step of the fall.</summary>
    public long DecayStart => Math.Max(Warmup, Total - (long)(Total * DecayShare));

    /// <summary>The factor for step 0, 1, ...</summary>
    public double At(long step)
    {
        if (step < Warmup)
        {
            return (step + 1.0) / Warmup;
        }
        double fallen = Math.Clamp((double)(step - DecayStart) / Math.Max(1, Total - DecayStart), 0, 1);
        return Floor + (1 - Floor) * 0.5 * (1 + Math.Cos(Math.PI * fallen));
    }
}
