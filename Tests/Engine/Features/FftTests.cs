using System.Runtime.Intrinsics;
using SoundSearch.Engine.Features;

namespace SoundSearch.Tests.Engine.Features;

public sealed class FftTests
{
    [TestCase(4)]
    [TestCase(8)]
    [TestCase(16)]
    [TestCase(32)]
    [TestCase(512)]
    [TestCase(1024)]
    [TestCase(2048)]
    public void Every_lane_equals_the_sum_that_defines_the_transform(int length)
    {
        var random = new Random(length);
        var frames = new Vector256<float>[length];
        for (int i = 0; i < length; i++)
        {
            for (int lane = 0; lane < Fft<float>.Lanes; lane++)
            {
                frames[i] = frames[i].WithElement(lane, random.NextSingle() * 2 - 1);
            }
        }
        var fft = new Fft<float>(length);
        var spectrum = new Vector256<float>[length + 2];
        var power = new Vector256<float>[length / 2 + 1];
        fft.Spectrum((Vector256<float>[])frames.Clone(), spectrum);
        fft.Power((Vector256<float>[])frames.Clone(), power);

        double worst = 0, worstPower = 0;
        foreach (int k in Enumerable.Range(0, length / 2 + 1).Where(k => length <= 64 || k % 37 == 0 || k == length / 2 || k == length / 4))
        {
            for (int lane = 0; lane < Fft<float>.Lanes; lane++)
            {
                double re = 0, im = 0;
                for (int i = 0; i < length; i++)
                {
                    (double sin, double cos) = Math.SinCos(-2 * Math.PI * ((long)k * i % length) / length);
                    re += frames[i][lane] * cos;
                    im += frames[i][lane] * sin;
                }
                worst = Math.Max(worst, Math.Max(Math.Abs(spectrum[2 * k][lane] - re), Math.Abs(spectrum[2 * k + 1][lane] - im)));
                worstPower = Math.Max(worstPower, Math.Abs(power[k][lane] - re * re - im * im) / length);
            }
        }
        Assert.That(worst, Is.LessThan(2e-7 * length + 1e-6));
        Assert.That(worstPower, Is.LessThan(2e-6));
    }

    [TestCase(0)]
    [TestCase(2)]
    [TestCase(400)]
    [TestCase(-8)]
    public void Lengths_that_are_no_power_of_two_are_refused(int length) =>
        Assert.That(() => new Fft<float>(length), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Buffers_that_are_too_short_are_refused() =>
        Assert.That(() => new Fft<float>(8).Power(new Vector256<float>[8], new Vector256<float>[4]), Throws.ArgumentException);
}
