using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Features;

/// <summary>
/// CLAP's front end (Hugging Face's ClapFeatureExtractor): frames of <see cref="ClapFeatureRecipe.FftLength"/> samples every
/// <see cref="ClapFeatureRecipe.Hop"/>, centred with reflected ends; periodic Hann window; power; mel filters (<see cref="ClapMelBank"/>);
/// 10 log10 of at least 1e-10, so silence is -100 dB. Features are frames-major. Everything up to the decibels is computed
/// in float64, as in the original: float32 would be 0.02 dB off in the quiet bins of a loud sound.
/// Where the original draws at random this does not: see <see cref="CropStarts"/> and <see cref="ClapFeatureRecipe.ShortIsLonger"/>.
/// Immutable: safe for concurrent callers.
/// </summary>
public sealed class ClapFeatures : IFeatureExtractor
{
    /// <summary>Spectrograms of a fused window: the whole sound, and windows from its first, second and last third.</summary>
    public const int FusedChannels = 4;

    private const int Crops = FusedChannels - 1;
    private const double SmallestPower = 1e-10;

    private readonly Fft<double> fft;
    private readonly ClapMelBank mel;
    private readonly double[] window;

    /// <exception cref="ArgumentException">The recipe makes no sense.</exception>
    public ClapFeatures(ClapFeatureRecipe recipe)
    {
        recipe.Check();
        Recipe = recipe;
        fft = new Fft<double>(recipe.FftLength);
        mel = new ClapMelBank(
            recipe.Bins, recipe.FftLength, recipe.SampleRate, recipe.LowHertz, recipe.HighHertz, recipe.Fused ? MelScale.Htk : MelScale.Slaney);
        window = [.. Enumerable.Range(0, recipe.FftLength).Select(i => 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / recipe.FftLength))];
    }

    public ClapFeatureRecipe Recipe { get; }

    public int SampleRate => Recipe.SampleRate;

    public int Bins => Recipe.Bins;

    public int Frames => Recipe.Frames;

    /// <summary>Spectrograms of a window: 1, or <see cref="FusedChannels"/>.</summary>
    public int Channels => Recipe.Fused ? FusedChannels : 1;

    /// <summary>The filters' weights.</summary>
    public ClapMelBank Filters => mel;

    /// <summary>Frames of so many samples, which is more than a window's for a sound a hop longer than it.</summary>
    public int FrameCount(int samples) => 1 + Math.Max(samples, Recipe.WindowSamples) / Recipe.Hop;

    /// <summary>
    /// Where the three windows of a longer sound start, in frames. Its possible starts, 0 to frames - <see cref="Frames"/>, are
    /// split into three runs, the longer ones first; the original draws one of each, this takes the middle one (the earlier
    /// of two). A run without starts gives 0, as in the original.
    /// </summary>
    public void CropStarts(int frames, Span<int> starts)
    {
        int count = frames - Frames + 1, first = 0;
        for (int run = 0; run < Crops; run++)
        {
            int length = count / Crops + (run < count % Crops ? 1 : 0);
            starts[run] = length <= 0 ? 0 : first + (length - 1) / 2;
            first += length;
        }
    }

    /// <summary>
    /// features [Frames, Bins] of the first <see cref="ClapFeatureRecipe.WindowSamples"/> samples; a shorter sound is
    /// repeated or padded as the recipe says, and no sound at all is silence.
    /// </summary>
    public void Extract(ReadOnlySpan<float> samples, Span<float> features) =>
        Spectrogram(samples[..Math.Min(samples.Length, Recipe.WindowSamples)], Frames, features);

    /// <summary>
    /// features [<see cref="FusedChannels"/>, Frames, Bins] of a whole sound, however long, for a fused model: if the result is
    /// true, the whole made shorter and three windows; if it is false, the sound fits and only the first channel is written.
    /// </summary>
    /// <param name="samples">Of the whole sound.</param>
    /// <param name="features">The result.</param>
    /// <param name="starts">First frames of the three windows of a longer sound; those of <see cref="CropStarts"/> if empty.</param>
    /// <returns>is_longer: whether the model is to fuse.</returns>
    /// <exception cref="ArgumentException">A start is outside the sound.</exception>
    /// <exception cref="InvalidOperationException">The recipe is not of a fused model.</exception>
    public bool ExtractFused(ReadOnlySpan<float> samples, Span<float> features, ReadOnlySpan<int> starts = default)
    {
        if (!Recipe.Fused)
        {
            throw new InvalidOperationException("Only the front end of a fused model hears whole sounds.");
        }
        int frames = FrameCount(samples.Length), size = Frames * Bins;
        features = features[..(FusedChannels * size)];
        if (frames == Frames)
        {
            // A sound longer than the window by less than a hop has no more frames than it, but the last ones hear its end.
            Spectrogram(samples, frames, features[..size]);
            for (int c = 1; c < FusedChannels && Recipe.ShortIsLonger; c++)
            {
                features[..size].CopyTo(features[(c * size)..]);
            }
            return Recipe.ShortIsLonger;
        }
        Span<int> chosen = stackalloc int[Crops];
        CropStarts(frames, chosen);
        if (!starts.IsEmpty)
        {
            starts[..Crops].CopyTo(chosen);
        }
        foreach (int start in chosen)
        {
            if (start < 0 || start > frames - Frames)
            {
                throw new ArgumentException($"A window cannot start at frame {start} of {frames}: 0 to {frames - Frames} can.", nameof(starts));
            }
        }
        float[] whole = ArrayPool<float>.Shared.Rent(checked(frames * Bins));
        Spectrogram(samples, frames, whole);
        Shorten(whole, frames, features[..size]);
        for (int c = 0; c < Crops; c++)
        {
            whole.AsSpan(chosen[c] * Bins, size).CopyTo(features[((c + 1) * size)..]);
        }
        ArrayPool<float>.Shared.Return(whole);
        return true;
    }

    /// <summary>
    /// [frames, Bins] to [Frames, Bins], linearly between neighbours, as torch.nn.functional.interpolate(mode="bilinear",
    /// align_corners=False) does it: places in float32, which is up to 0.004 dB off the exact ones.
    /// </summary>
    private void Shorten(ReadOnlySpan<float> whole, int frames, Span<float> result)
    {
        float scale = (float)frames / Frames;
        for (int i = 0; i < Frames; i++)
        {
            float place = Math.Max(0, scale * (i + 0.5f) - 0.5f);
            int first = Math.Min((int)place, frames - 1), second = Math.Min(first + 1, frames - 1);
            float after = place - first, before = 1 - after;
            for (int bin = 0; bin < Bins; bin++)
            {
                result[i * Bins + bin] = before * whole[first * Bins + bin] + after * whole[second * Bins + bin];
            }
        }
    }

    /// <summary>features [frames, Bins] in dB of samples, filled up to a window.</summary>
    private void Spectrogram(ReadOnlySpan<float> samples, int frames, Span<float> features)
    {
        features = features[..(frames * Bins)];
        int length = Math.Max(samples.Length, Recipe.WindowSamples), reach = fft.Length / 2;
        float[] signal = ArrayPool<float>.Shared.Rent(reach + length + reach);
        Vector256<double>[] scratch = ArrayPool<Vector256<double>>.Shared.Rent(fft.Length + reach + 1 + Bins);
        Span<Vector256<double>> work = scratch.AsSpan(0, fft.Length), power = scratch.AsSpan(fft.Length, reach + 1);
        Span<Vector256<double>> sums = scratch.AsSpan(fft.Length + reach + 1, Bins);
        Fill(samples, signal.AsSpan(reach, length));
        for (int i = 1; i <= reach; i++)
        {
            signal[reach - i] = signal[reach + i];
            signal[reach + length - 1 + i] = signal[reach + length - 1 - i];
        }
        for (int frame = 0; frame < frames; frame += Fft<double>.Lanes)
        {
            int count = Math.Min(Fft<double>.Lanes, frames - frame);
            Load(signal.AsSpan(frame * Recipe.Hop), count, work);
            fft.Power(work, power);
            mel.Apply(power, sums);
            ReadOnlySpan<double> lanes = MemoryMarshal.Cast<Vector256<double>, double>(sums);
            for (int lane = 0; lane < count; lane++)
            {
                Span<float> row = features.Slice((frame + lane) * Bins, Bins);
                for (int bin = 0; bin < row.Length; bin++)
                {
                    row[bin] = (float)(10 * Math.Log10(Math.Max(lanes[bin * Fft<double>.Lanes + lane], SmallestPower)));
                }
            }
        }
        ArrayPool<Vector256<double>>.Shared.Return(scratch);
        ArrayPool<float>.Shared.Return(signal);
    }

    private void Fill(ReadOnlySpan<float> samples, Span<float> signal)
    {
        if (samples.Length == signal.Length)
        {
            samples.CopyTo(signal);
            return;
        }
        int copies = samples.IsEmpty ? 0 : Recipe.Padding == ClapPadding.Pad ? 1 : signal.Length / samples.Length;
        for (int i = 0; i < copies; i++)
        {
            samples.CopyTo(signal[(i * samples.Length)..]);
        }
        Span<float> rest = signal[(copies * samples.Length)..];
        rest.Clear();
        if (Recipe.Padding == ClapPadding.Repeat)
        {
            samples[..Math.Min(samples.Length, rest.Length)].CopyTo(rest);
        }
    }

    private void Load(ReadOnlySpan<float> signal, int count, Span<Vector256<double>> work)
    {
        Span<double> target = MemoryMarshal.Cast<Vector256<double>, double>(work);
        if (count < Fft<double>.Lanes)
        {
            target.Clear();
        }
        for (int lane = 0; lane < count; lane++)
        {
            ReadOnlySpan<float> frame = signal.Slice(lane * Recipe.Hop, window.Length);
            int to = lane;
            for (int i = 0; i < window.Length; i++, to += Fft<double>.Lanes)
            {
                target[to] = frame[i] * window[i];
            }
        }
    }
}
