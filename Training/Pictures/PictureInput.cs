using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pictures;

/// <summary>Pictures as an image tower reads them: CLIP's normalisation (mean and deviation of each channel), and changes by chance.</summary>
public static class PictureInput
{
    private const double SmallestCrop = 0.7; // of the side
    private const double Light = 0.2, Colour = 0.15;

    private static readonly float[] mean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] deviation = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>input [side, side, 3] of pixels [side, side, 3], unchanged.</summary>
    public static void Normalise(ReadOnlySpan<byte> pixels, Span<float> input)
    {
        for (int i = 0; i < pixels.Length; i++)
        {
            input[i] = (pixels[i] / 255f - mean[i % 3]) / deviation[i % 3];
        }
    }

    /// <summary>
    /// The same of a square cut out at random and scaled up bilinearly, perhaps mirrored, lighter or darker, its channels weighted.
    /// Words that name a side or a colour lose by this; few do, so the changes of colour are small.
    /// </summary>
    /// <param name="pixels">[side, side, 3].</param>
    /// <param name="side">Rows and columns.</param>
    /// <param name="random">Decides about everything.</param>
    /// <param name="input">[side, side, 3].</param>
    public static void Augment(ReadOnlySpan<byte> pixels, int side, SampleRandom random, Span<float> input)
    {
        float size = random.Uniform(SmallestCrop, 1) * side;
        float top = random.Uniform(0, side - size), left = random.Uniform(0, side - size), step = size / side;
        bool mirrored = random.Chance(0.5);
        float light = random.Uniform(1 - Light, 1 + Light);
        Span<float> gains = stackalloc float[3];
        for (int c = 0; c < 3; c++)
        {
            gains[c] = light * random.Uniform(1 - Colour, 1 + Colour) / 255;
        }
        for (int row = 0; row < side; row++)
        {
            float y = Math.Clamp(top + (row + 0.5f) * step - 0.5f, 0, side - 1);
            int y0 = (int)y, y1 = Math.Min(y0 + 1, side - 1);
            for (int column = 0; column < side; column++)
            {
                float x = Math.Clamp(left + ((mirrored ? side - 1 - column : column) + 0.5f) * step - 0.5f, 0, side - 1);
                int x0 = (int)x, x1 = Math.Min(x0 + 1, side - 1);
                for (int c = 0; c < 3; c++)
                {
                    float above = Between(pixels[(y0 * side + x0) * 3 + c], pixels[(y0 * side + x1) * 3 + c], x - x0);
                    float below = Between(pixels[(y1 * side + x0) * 3 + c], pixels[(y1 * side + x1) * 3 + c], x - x0);
                    input[(row * side + column) * 3 + c] = (Math.Min(1, Between(above, below, y - y0) * gains[c]) - mean[c]) / deviation[c];
                }
            }
        }
    }

    private static float Between(float a, float b, float share) => a + (b - a) * share;
}
