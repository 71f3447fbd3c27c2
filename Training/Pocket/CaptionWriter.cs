using SoundSearch.Training.Run;

namespace SoundSearch.Training.Pocket;

/// <summary>
/// Synthetic captions for sounds, guided by tags as in BLAT (Xu et al. 2023): from what the file is called where that says
/// something, else from the tagger's strongest labels. Words only: no language model is asked.
/// </summary>
internal sealed class CaptionWriter(string[] labels)
{
    /// <summary>A label enters a caption only if the tagger gives it this share of its total.</summary>
    private const float MinShare = 0.08f;

    private static readonly string[] Templates = ["{0}", "the sound of {0}", "{0} sound effect", "a recording of {0}", "someone hears {0}"];

    /// <summary>One caption, the same for the same generator state.</summary>
    /// <param name="shares">The tagger's sharpened scores, sum 1, one per label.</param>
    /// <param name="texts">What the file's class and title say, possibly nothing.</param>
    /// <param name="random">Chooses.</param>
    public string Write(ReadOnlySpan<float> shares, IReadOnlyList<string> texts, RandomSource random)
    {
        string what = texts.Count > 0 && random.NextDouble() < 0.6
            ? texts[random.Next(texts.Count)]
            : FromTags(shares, random);
        return string.Format(Templates[random.Next(Templates.Length)], what);
    }

    private string FromTags(ReadOnlySpan<float> shares, RandomSource random)
    {
        // The up to three strongest, then a prefix of them, so that both "rain" and "rain, thunder and wind" occur.
        Span<int> top = stackalloc int[3];
        int found = 0;
        for (; found < Math.Min(top.Length, shares.Length); found++)
        {
            int best = -1;
            for (int i = 0; i < shares.Length; i++)
            {
                if ((best < 0 || shares[i] > shares[best]) && !top[..found].Contains(i))
                {
                    best = i;
                }
            }
            if (found > 0 && shares[best] < MinShare)
            {
                break;
            }
            top[found] = best;
        }
        int used = 1 + random.Next(found);
        string a = labels[top[0]];
        return used switch
        {
            1 => a,
            2 => $"{a} and {labels[top[1]]}",
            _ => $"{a}, {labels[top[1]]} and {labels[top[2]]}",
        };
    }
}
