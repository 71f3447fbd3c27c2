namespace SoundSearch.Training.Data;

/// <summary>
/// The sounds of several stores with the odds of drawing each. A sound's odds grow with the square root of its length up
/// to ten seconds, times its own weight, times a bonus where it has a class label; then no set may have more than its
/// share of its store, and each store gets its share of the whole.
/// </summary>
public sealed class SoundMixture
{
    private const int CapRounds = 100; // scaling one set down raises the others' shares: repeat until it settles

    private readonly (MelStore Store, int Index)[] sounds;
    private readonly double[] cumulative;

    /// <param name="stores">Owned by the caller; sounds are numbered store after store.</param>
    /// <param name="shares">Of each store, above 0, in any unit; null: by the stores' total odds.</param>
    /// <param name="include">Which sounds may be drawn: leave out what validation needs. Null: all.</param>
    /// <param name="maxSetShare">Most of one store's draws that one set may have.</param>
    /// <param name="labelledBonus">Factor for sounds with a label.</param>
    public SoundMixture(
        IReadOnlyList<MelStore> stores, IReadOnlyList<double>? shares = null, Func<MelEntry, bool>? include = null,
        double maxSetShare = 0.25, double labelledBonus = 2)
    {
        if (shares != null && (shares.Count != stores.Count || shares.Any(s => !(s >= 0))))
        {
            throw new ArgumentException($"Give one share, 0 or more, for each of the {stores.Count} stores.", nameof(shares));
        }
        List<(MelStore, int)> list = [];
        List<double> odds = [];
        for (int s = 0; s < stores.Count; s++)
        {
            int first = list.Count;
            for (int i = 0; i < stores[s].Entries.Count; i++)
            {
                MelEntry entry = stores[s].Entries[i];
                if (include == null || include(entry))
                {
                    list.Add((stores[s], i));
                    odds.Add(entry.Info.Weight * Math.Sqrt(Math.Min(entry.Seconds, 10)) * (entry.Info.Label.Length > 0 ? labelledBonus : 1));
                }
            }
            Cap(list, odds, first, maxSetShare);
            double total = odds.Skip(first).Sum();
            for (int i = first; i < odds.Count && shares != null && total > 0; i++)
            {
                odds[i] *= shares[s] / total;
            }
        }
        sounds = [.. list];
        cumulative = new double[odds.Count];
        double sum = 0;
        for (int i = 0; i < odds.Count; i++)
        {
            cumulative[i] = sum += odds[i];
        }
        if (!(sum > 0))
        {
            throw new ArgumentException("No sound with a weight above 0 is left in the stores.", nameof(stores));
        }
    }

    /// <summary>Sounds in the mixture.</summary>
    public int Count => sounds.Length;

    /// <summary>What is known of a sound.</summary>
    public MelEntry Entry(int sound) => sounds[sound].Store.Entries[sounds[sound].Index];

    /// <summary>Its rows [Frames, 128], as in <see cref="MelStore.Rows"/>.</summary>
    public ReadOnlySpan<Half> Rows(int sound) => sounds[sound].Store.Rows(sounds[sound].Index);

    /// <summary>Odds of a sound, which sum to 1.</summary>
    public double Probability(int sound) => (cumulative[sound] - (sound == 0 ? 0 : cumulative[sound - 1])) / cumulative[^1];

    /// <summary>Draws a sound.</summary>
    public int Draw(ref SampleRandom random)
    {
        int i = Array.BinarySearch(cumulative, random.NextDouble() * cumulative[^1]);
        i = i < 0 ? ~i : i + 1; // a number equal to a bound belongs to the next sound
        while (i >= sounds.Length || Probability(i) == 0)
        {
            i = i >= sounds.Length - 1 ? 0 : i + 1;
        }
        return i;
    }

    private static void Cap(List<(MelStore Store, int Index)> list, List<double> odds, int first, double maxSetShare)
    {
        List<int[]> sets = [.. Enumerable.Range(first, list.Count - first).GroupBy(i => list[i].Store.Entries[list[i].Index].Info.Set).Select(g => g.ToArray())];
        double limit = Math.Max(maxSetShare, 1.0 / Math.Max(1, sets.Count));
        for (int round = 0; round < CapRounds; round++)
        {
            double total = odds.Skip(first).Sum();
            bool settled = true;
            foreach (int[] set in sets)
            {
                double sum = set.Sum(i => odds[i]);
                if (sum > limit * total * 1.0001)
                {
                    settled = false;
                    Array.ForEach(set, i => odds[i] *= limit * total / sum);
                }
            }
            if (settled)
            {
                break;
            }
        }
    }
}
