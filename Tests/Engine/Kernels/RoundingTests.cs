using SoundSearch.Engine.Kernels;

namespace SoundSearch.Tests.Engine.Kernels;

internal sealed unsafe class RoundingTests
{
    [Test]
    public void Every_float16_becomes_the_same_number_in_float32([Values(0, 1, 7)] int start)
    {
        Half[] halves = [.. Enumerable.Range(start, 65_536 - start).Select(i => BitConverter.UInt16BitsToHalf((ushort)i))];
        float[] floats = new float[halves.Length];
        Halves.ToSingle(halves, floats);
        Assert.That(
            floats.Where(f => !float.IsNaN(f)).Select(BitConverter.SingleToInt32Bits),
            Is.EqualTo(halves.Where(h => !Half.IsNaN(h)).Select(h => BitConverter.SingleToInt32Bits((float)h))));
        Assert.That(floats.Zip(halves).All(p => float.IsNaN(p.First) == Half.IsNaN(p.Second)), Is.True);
    }

    [Test]
    public void BFloat16_rounds_ties_to_even_and_keeps_infinity_and_NaN([Values(1, 7, 8, 17)] int columns)
    {
        (uint From, ushort To)[] cases =
        [
            (0x3F800000, 0x3F80), (0x3F808000, 0x3F80), (0x3F818000, 0x3F82), (0x3F808001, 0x3F81), (0x7F800000, 0x7F80), (0xFF800000, 0xFF80),
            (0x7F7FFFFF, 0x7F80), (0x80000000, 0x8000), (0x7F800001, 0x7FC0), (0xFFFFFFFF, 0xFFFF),
        ];
        foreach ((uint from, ushort to) in cases)
        {
            float[] source = [.. Enumerable.Repeat(BitConverter.UInt32BitsToSingle(from), 2 * columns + 3)];
            ushort[] target = new ushort[2 * columns];
            fixed (float* s = source)
            fixed (ushort* t = target)
            {
                Rounding.ToBFloat16(s, columns + 1, 2, columns, t);
            }
            Assert.That(target, Is.All.EqualTo(to), $"{from:X8}");
        }
    }

    [Test]
    public void Int8_comes_back_within_half_a_step_and_zero_rows_stay_zero([Values(1, 3, 8, 9, 63)] int columns)
    {
        float[] source = Values.Random(3 * columns, 10), scales = new float[3];
        Array.Clear(source, columns, columns);
        sbyte[] target = new sbyte[3 * columns];
        fixed (float* s = source, pScales = scales)
        fixed (sbyte* t = target)
        {
            Rounding.ToInt8(s, columns, 3, columns, 127, t, pScales);
        }
        for (int i = 0; i < source.Length; i++)
        {
            float scale = scales[i / columns];
            Assert.That(target[i] * scale, Is.EqualTo(source[i]).Within(0.501 * scale));
        }
        Assert.That(target.Take(columns).Max(v => Math.Abs((int)v)), Is.EqualTo(127));
    }
}
