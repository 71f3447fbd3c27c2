using System.Numerics.Tensors;
using SoundSearch.Engine.Features;

namespace SoundSearch.Training.Data;

/// <summary>
/// Makes training samples of stored spectrograms. Everything is done on power mels, where mixing is a sum, loudness and
/// equaliser are factors, speed is a resampling of frames and pitch a shift of bins; sample n depends on the seed and n
/// only. Immutable: safe for concurrent callers, each with its own workspace.
/// </summary>
public sealed class Augmenter
{
    private const int Bins = LogMel.MelBins;
    private const int MostSounds = 3;
    private const int EqualiserPoints = 6;

    private readonly SoundMixture mixture;
    private readonly ulong seed;
    private readonly AugmentationOptions options;
    private readonly NoiseTable noise = NoiseTable.Shared;

    /// <param name="mixture">The sounds.</param>
    /// <param name="seed">Of all randomness.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="frames">Frames of a sample.</param>
    public Augmenter(SoundMixture mixture, ulong seed, AugmentationOptions? options = null, int frames = 400)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        (this.mixture, this.seed, this.options, Frames) = (mixture, seed, options ?? new AugmentationOptions(), frames);
        if (this.options.PitchBins is < 0 or > AugmenterWorkspace.Margin - 1 || this.options.Speed < 1)
        {
            throw new ArgumentException("Pitch must shift by 0 to 7 bins, and the speed factor must be 1 or more.", nameof(options));
        }
    }

    /// <summary>Frames of a sample.</summary>
    public int Frames { get; }

    /// <summary>Writes sample number index: features [Frames, 128], normalised as <see cref="LogMel"/>'s.</summary>
    public SampleOrigin Make(long index, Span<float> features, AugmenterWorkspace workspace)
    {
        var random = new SampleRandom(seed, (ulong)index);
        Span<float> mix = features[..(Frames * Bins)]; // power until the last line
        mix.Clear();
        double pick = random.NextDouble();
        int count = pick < options.OneSound ? 1 : pick < options.OneSound + options.TwoSounds ? 2 : MostSounds;
        double loudness = Decibels(random.Uniform(options.LowestGain, options.HighestGain)), reference = 0;
        Span<double> energies = stackalloc double[MostSounds];
        Span<int> sounds = stackalloc int[MostSounds];
        for (int i = 0; i < count; i++)
        {
            sounds[i] = mixture.Draw(ref random);
            Layout layout = Place(mixture.Entry(sounds[i]).Frames, ref random);
            Span<float> power = Load(mixture.Rows(sounds[i]), layout, workspace, out double level);
            reference = i == 0 ? level : reference;
            // Further sounds are set against the first one's level, whatever their own was.
            double gain = i == 0 ? loudness : loudness * reference / Math.Max(level, 1e-6) * Decibels(-random.Uniform(0, options.Softer));
            Gains(gain, ref random, workspace.Gains);
            double shift = random.Chance(options.PitchProbability) ? random.Uniform(-options.PitchBins, options.PitchBins) : 0;
            energies[i] = Add(power, layout, shift, workspace, mix);
        }
        if (random.Chance(options.NoiseProbability))
        {
            double level = reference * loudness * Decibels(-random.Uniform(15, 55));
            noise.Add(level, tilt: random.Uniform(0, 1.5), firstRow: random.Next(), workspace.Gains, mix);
        }
        LogMel.Normalise(mix, mix);

        int dominant = 0;
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            dominant = energies[i] > energies[dominant] ? i : dominant;
            sum += energies[i];
        }
        return new SampleOrigin(sounds[dominant], sum > 0 ? (float)(energies[dominant] / sum) : 1f / count, count);
    }

    private static double Decibels(double decibels) => Math.Pow(10, decibels / 10);

    private Layout Place(int length, ref SampleRandom random)
    {
        double step = random.Chance(options.SpeedProbability) ? Math.Exp(random.Uniform(-1, 1) * Math.Log(options.Speed)) : 1;
        int stretched = Math.Max(1, (int)(length / step));
        if (stretched >= Frames)
        {
            int source = random.Below(length - (int)Math.Ceiling(Frames * step) + 1);
            return new Layout(source, step, 0, Frames, Frames);
        }
        if (stretched <= Frames / 2 && random.Chance(options.Repeated))
        {
            int period = stretched + random.Below(Frames / 4);
            return new Layout(0, step, random.Below(period), stretched, period);
        }
        int start = random.Chance(options.StartAligned) ? 0 : random.Below(Frames - stretched + 1);
        return new Layout(0, step, start, stretched, Frames);
    }

    // Power of the frames that the layout needs. level: mean power of a frame among those within 20 dB of the loudest.
    private static Span<float> Load(ReadOnlySpan<Half> rows, in Layout layout, AugmenterWorkspace workspace, out double level)
    {
        int have = rows.Length / Bins - layout.Source, need = Math.Min(have, (int)Math.Ceiling(layout.Length * layout.Step) + 2);
        Span<float> power = workspace.Power(need * Bins);
        TensorPrimitives.ConvertToSingle(rows.Slice(layout.Source * Bins, need * Bins), power);
        TensorPrimitives.Exp(power, power);
        Span<float> totals = workspace.Totals(need);
        for (int i = 0; i < need; i++)
        {
            totals[i] = TensorPrimitives.Sum<float>(power.Slice(i * Bins, Bins));
        }
        float threshold = TensorPrimitives.Max<float>(totals) * 0.01f;
        double sum = 0;
        int count = 0;
        foreach (float total in totals)
        {
            if (total >= threshold)
            {
                sum += total;
                count++;
            }
        }
        level = sum / Math.Max(1, count);
        return power;
    }

    // A factor per bin: overall gain, a smooth curve through a few random points, perhaps nothing above a cut-off.
    private void Gains(double gain, ref SampleRandom random, Span<float> gains)
    {
        gains.Fill((float)gain);
        if (random.Chance(options.EqualiserProbability))
        {
            Span<float> points = stackalloc float[EqualiserPoints];
            for (int i = 0; i < points.Length; i++)
            {
                points[i] = random.Uniform(-options.EqualiserGain, options.EqualiserGain);
            }
            for (int b = 0; b < Bins; b++)
            {
                double position = b * (EqualiserPoints - 1.0) / (Bins - 1);
                int left = Math.Min((int)position, EqualiserPoints - 2);
                double blend = 0.5 - 0.5 * Math.Cos(Math.PI * (position - left));
                gains[b] *= (float)Decibels(points[left] + (points[left + 1] - points[left]) * blend);
            }
        }
        if (random.Chance(options.BandLimitProbability))
        {
            gains[(Bins * 2 / 3 + random.Below(Bins / 3))..].Clear(); // bin 85 is at 4.3 kHz, bin 120 at 12 kHz
        }
    }

    // mix += gains * power at the layout's places, shifted up by shift bins; linear between frames and between bins.
    private double Add(ReadOnlySpan<float> power, in Layout layout, double shift, AugmenterWorkspace workspace, Span<float> mix)
    {
        int rows = power.Length / Bins, whole = (int)Math.Floor(-shift);
        float blend = (float)(-shift - whole);
        Span<float> row = workspace.Row.AsSpan(AugmenterWorkspace.Margin, Bins), shifted = workspace.Shifted;
        ReadOnlySpan<float> low = workspace.Row.AsSpan(AugmenterWorkspace.Margin + whole, Bins);
        ReadOnlySpan<float> high = workspace.Row.AsSpan(AugmenterWorkspace.Margin + whole + 1, Bins);
        double energy = 0;
        for (int t = 0; t < Frames; t++)
        {
            int place = t - layout.Start;
            place = layout.Period < Frames ? (place % layout.Period + layout.Period) % layout.Period : place;
            if (place < 0 || place >= layout.Length)
            {
                continue;
            }
            double position = place * layout.Step;
            int left = Math.Min((int)position, rows - 1), right = Math.Min(left + 1, rows - 1);
            float between = (float)(position - left);
            ReadOnlySpan<float> a = power.Slice(left * Bins, Bins);
            if (between > 0)
            {
                TensorPrimitives.Lerp(a, power.Slice(right * Bins, Bins), between, row);
            }
            else
            {
                a.CopyTo(row);
            }
            Span<float> target = mix.Slice(t * Bins, Bins);
            if (shift == 0)
            {
                TensorPrimitives.Multiply(row, workspace.Gains, shifted);
            }
            else
            {
                TensorPrimitives.Lerp(low, high, blend, shifted);
                TensorPrimitives.Multiply(shifted, workspace.Gains, shifted);
            }
            energy += TensorPrimitives.Sum<float>(shifted);
            TensorPrimitives.Add(target, shifted, target);
        }
        return energy;
    }

    /// <summary>Frames from Source on, Step frames apart, at Start .. Start + Length; again every Period frames if that is below the window.</summary>
    private readonly record struct Layout(int Source, double Step, int Start, int Length, int Period);
}
