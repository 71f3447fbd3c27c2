using System.Numerics;
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
    private readonly int half; // taps on either side
    private readonly int taps; // 2 * half
    private readonly float[] table; // [phases (+ 1), taps]
    private readonly int phases;
    private readonly bool exact; // phases are the places themselves, not points to interpolate between
    private readonly int numerator; // output rate / gcd
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
        int denominator = inputRate / divisor;
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
        int written = 0;
        while (written < output.Length && position < received && position + half < bufferStart + bufferCount)
        {
            // The window begins half - 1 samples before the output's place.
            ReadOnlySpan<float> window = buffer.AsSpan((int)(position - bufferStart) - Math.Max(0, half - 1));
            output[written++] = half == 0 ? window[0] : Filter(window);
            position += step;
            remainder += stepRemainder;
            if (remainder >= numerator)
            {
                remainder -= numerator;
                position++;
            }
        }
        return written;
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

    /// <summary>taps is a multiple of four vectors. (TensorPrimitives.Dot may add up in another order at another address.)</summary>
    private static float Dot(ReadOnlySpan<float> window, ReadOnlySpan<float> taps)
    {
        int width = Vector<float>.Count;
        _ = window[taps.Length - 1];
        ref float x = ref MemoryMarshal.GetReference(window), w = ref MemoryMarshal.GetReference(taps);
        Vector<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i < taps.Length; i += 4 * width)
        {
            a = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)i), Vector.LoadUnsafe(ref w, (nuint)i), a);
            b = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)(i + width)), Vector.LoadUnsafe(ref w, (nuint)(i + width)), b);
            c = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)(i + 2 * width)), Vector.LoadUnsafe(ref w, (nuint)(i + 2 * width)), c);
            d = Vector.FusedMultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)(i + 3 * width)), Vector.LoadUnsafe(ref w, (nuint)(i + 3 * width)), d);
        }
        return Vector.Sum(a + b + (c + d));
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
