using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SoundSearch.Engine.Audio;

/// <summary>
/// Band-limited change of the sample rate by any ratio: a sinc windowed by Kaiser's window, one set of taps for each place of an output
/// sample between two input samples. Write input, read output; the output does not depend, to the last bit, on how either is cut into pieces.
/// Output sample n lies at time n / outputRate, so nothing is delayed; outside the sound is silence.
/// </summary>
/// <remarks>The transition lies between 0.9 and 1 times the lower Nyquist frequency: nothing folds back above -80 dB.</remarks>
public sealed class Resampler
{
    /// <summary>Outputs computed at once.</summary>
    private const int Group = 4;

    private readonly int half; // taps on either side
    private readonly int taps; // 2 * half
    private readonly float[] table; // [phases (+ 1), taps]
    private readonly int phases;
    private readonly bool exact; // phases are the places themselves, not points to interpolate between
    private readonly int numerator, denominator; // output and input rate / gcd
    private readonly int step, stepRemainder; // input rate / output rate, in whole samples and numerator-ths
    private float[] buffer; // input from bufferStart on
    private int bufferCount;
    private long bufferStart; // place of buffer[0] in the input; starts half - 1 before it
    private long position; // whole part of the next output's place in the input
    private int remainder; // its fraction in numerator-ths
    private long received;
    private bool ended;

    /// <param name="inputRate">Hz.</param>
    /// <param name="outputRate">Hz.</param>
    public Resampler(int inputRate, int outputRate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputRate, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputRate, 1);
        InputRate = inputRate;
        OutputRate = outputRate;
        int divisor = (int)BigInteger.GreatestCommonDivisor(inputRate, outputRate);
        numerator = outputRate / divisor;
        denominator = inputRate / divisor;
        step = denominator / numerator;
        stepRemainder = denominator % numerator;
        if (inputRate == outputRate)
        {
            (half, taps, phases, exact, table) = (0, 0, 1, true, []);
        }
        else
        {
            SincTable sinc = SincTable.Get(numerator, denominator);
            (half, taps, phases, exact, table) = (sinc.Taps / 2, sinc.Taps, sinc.Phases, sinc.Exact, sinc.Values);
        }
        bufferCount = Math.Max(0, half - 1);
        bufferStart = -bufferCount;
        buffer = new float[Math.Max(16, 4 * taps)];
    }

    public int InputRate { get; }

    public int OutputRate { get; }

    /// <summary>Length of the whole output for so many input samples: ceil(samples * outputRate / inputRate).</summary>
    public static long OutputLength(long samples, int inputRate, int outputRate) => (long)(((Int128)samples * outputRate + inputRate - 1) / inputRate);

    /// <summary>A whole sound at once.</summary>
    public static float[] Resample(ReadOnlySpan<float> input, int inputRate, int outputRate)
    {
        var resampler = new Resampler(inputRate, outputRate);
        float[] output = new float[OutputLength(input.Length, inputRate, outputRate)];
        resampler.Write(input);
        resampler.End();
        resampler.Read(output);
        return output;
    }

    /// <summary>Takes more input. All of it is kept until read, so write in blocks.</summary>
    public void Write(ReadOnlySpan<float> input)
    {
        if (ended)
            throw new InvalidOperationException("The input was declared to be at its end.");
        received += input.Length;
        Append(input);
    }

    /// <summary>Says that no more input comes: the last samples can then be read.</summary>
    public void End()
    {
        if (ended)
            return;
        ended = true;
        Span<float> silence = stackalloc float[256];
        silence.Clear();
        for (int left = half; left > 0; left -= 256)
            Append(silence[..Math.Min(left, 256)]);
    }

    /// <summary>Writes the output samples that the input so far determines.</summary>
    /// <returns>Samples written: fewer than asked for when more input is needed, or, after <see cref="End"/>, at the end.</returns>
    public int Read(Span<float> output)
    {
        int written = exact && half > 0 ? ReadGroups(output) : 0;
        while (written < output.Length && position < received && position + half < bufferStart + bufferCount)
        {
            // The window begins half - 1 samples before the output's place.
            ReadOnlySpan<float> window = buffer.AsSpan((int)(position - bufferStart) - Math.Max(0, half - 1));
            output[written++] = half == 0 ? window[0] : Filter(window);
            Advance();
        }
        return written;
    }

    /// <summary>
    /// Outputs a whole cycle of places apart share their taps and see input a fixed distance apart: four of them at once read the taps
    /// only once. The same bits as one by one.
    /// </summary>
    private int ReadGroups(Span<float> output)
    {
        int written = 0, group = Group * numerator;
        while (output.Length - written >= group)
        {
            long last = position + (remainder + (long)(group - 1) * denominator) / numerator;
            if (last >= received || last + half >= bufferStart + bufferCount)
                break;
            for (int phase = 0; phase < numerator; phase++)
            {
                ReadOnlySpan<float> window = buffer.AsSpan((int)(position - bufferStart) - half + 1);
                Dots(window, denominator, table.AsSpan(remainder * taps, taps), output[(written + phase)..], numerator);
                Advance();
            }
            // The cycle that was walked through, and the others that were computed beside it.
            position += (Group - 1) * (long)denominator;
            written += group;
        }
        return written;
    }

    private void Advance()
    {
        position += step;
        remainder += stepRemainder;
        if (remainder >= numerator)
        {
            remainder -= numerator;
            position++;
        }
    }

    private float Filter(ReadOnlySpan<float> window)
    {
        if (exact)
            return Dot(window, table.AsSpan(remainder * taps, taps));
        // Linear between two neighbouring sets of taps, which lie close enough for 100 dB.
        double place = (double)remainder / numerator * phases;
        int phase = (int)place;
        float before = Dot(window, table.AsSpan(phase * taps, taps)), after = Dot(window, table.AsSpan((phase + 1) * taps, taps));
        return before + (float)(place - phase) * (after - before);
    }

    /// <summary>taps is a multiple of two vectors. (TensorPrimitives.Dot may add up in another order at another address.)</summary>
    private static float Dot(ReadOnlySpan<float> window, ReadOnlySpan<float> taps)
    {
        int width = Vector<float>.Count;
        _ = window[taps.Length - 1];
        ref float x = ref MemoryMarshal.GetReference(window), w = ref MemoryMarshal.GetReference(taps);
        Vector<float> even = default, odd = default;
        for (int i = 0; i < taps.Length; i += 2 * width)
        {
            even = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)i), Vector.LoadUnsafe(ref w, (nuint)i), even);
            odd = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)(i + width)), Vector.LoadUnsafe(ref w, (nuint)(i + width)), odd);
        }
        return Vector.Sum(even + odd);
    }

    /// <summary>output[j * stride] = <see cref="Dot"/> of the window that begins j * distance later.</summary>
    private static void Dots(ReadOnlySpan<float> window, int distance, ReadOnlySpan<float> taps, Span<float> output, int stride)
    {
        int width = Vector<float>.Count;
        _ = window[(Group - 1) * distance + taps.Length - 1];
        ref float x0 = ref MemoryMarshal.GetReference(window), w = ref MemoryMarshal.GetReference(taps);
        ref float x1 = ref Unsafe.Add(ref x0, distance), x2 = ref Unsafe.Add(ref x1, distance), x3 = ref Unsafe.Add(ref x2, distance);
        Vector<float> even0 = default, even1 = default, even2 = default, even3 = default, odd0 = default, odd1 = default, odd2 = default, odd3 = default;
        for (nuint i = 0; i < (nuint)taps.Length; i += (nuint)(2 * width))
        {
            nuint next = i + (nuint)width;
            Vector<float> even = Vector.LoadUnsafe(ref w, i), odd = Vector.LoadUnsafe(ref w, next);
            even0 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x0, i), even, even0);
            even1 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x1, i), even, even1);
            even2 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x2, i), even, even2);
            even3 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x3, i), even, even3);
            odd0 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x0, next), odd, odd0);
            odd1 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x1, next), odd, odd1);
            odd2 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x2, next), odd, odd2);
            odd3 = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x3, next), odd, odd3);
        }
        output[0] = Vector.Sum(even0 + odd0);
        output[stride] = Vector.Sum(even1 + odd1);
        output[2 * stride] = Vector.Sum(even2 + odd2);
        output[3 * stride] = Vector.Sum(even3 + odd3);
    }

    private void Append(ReadOnlySpan<float> input)
    {
        // Input before the next output's window is no longer needed.
        int used = (int)Math.Clamp(position - Math.Max(0, half - 1) - bufferStart, 0, bufferCount);
        if (bufferCount + input.Length > buffer.Length)
        {
            float[] target = bufferCount - used + input.Length > buffer.Length ? new float[Math.Max(2 * buffer.Length, bufferCount - used + input.Length)] : buffer;
            buffer.AsSpan(used, bufferCount - used).CopyTo(target);
            buffer = target;
            bufferStart += used;
            bufferCount -= used;
        }
        input.CopyTo(buffer.AsSpan(bufferCount));
        bufferCount += input.Length;
    }
}
