using System.Numerics.Tensors;

namespace SoundSearch.Training.Contrastive;

/// <summary>Nearest Match's choice (Tsubaki et al. 2024): sim(a, i) = max over l of sim(a, i_l).</summary>
public static class FrameChoice
{
    /// <summary>Number of the frame of highest cosine, the earlier of equal ones.</summary>
    /// <param name="sound">Unit vector.</param>
    /// <param name="frames">Unit vectors [frames, width], at least one.</param>
    public static int Nearest(ReadOnlySpan<float> sound, ReadOnlySpan<float> frames)
    {
        int best = 0;
        float highest = float.NegativeInfinity;
        for (int f = 0; f < frames.Length / sound.Length; f++)
        {
            float cosine = TensorPrimitives.Dot(sound, frames.Slice(f * sound.Length, sound.Length));
            if (cosine > highest)
            {
                (best, highest) = (f, cosine);
            }
        }
        return best;
    }
}
