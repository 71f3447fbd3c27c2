using SoundSearch.Query.Hnsw;

namespace SoundSearch.Tests.Query.Hnsw;

/// <summary>CI runs these at every instruction set level.</summary>
internal sealed unsafe class VectorKernelsTests
{
    [Test]
    public void Int8_products_are_exact([Values(0, 64, 128, 192, 512, 4096)] int length)
    {
        var random = new Random(length);
        using var a = new NativeBuffer<sbyte>();
        using var b = new NativeBuffer<sbyte>();
        a.Grow(length);
        b.Grow(length);
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < length; i++)
            {
                // The first rounds are all extremes, where 16-bit sums would saturate or wrap.
                a.Pointer[i] = (sbyte)(round < 3 ? (random.Next(2) * 254) - 127 : random.Next(-127, 128));
                b.Pointer[i] = (sbyte)(round == 0 ? a.Pointer[i] : round < 3 ? (random.Next(2) * 254) - 127 : random.Next(-127, 128));
            }
            Assert.That(VectorKernels.Dot(a.Pointer, b.Pointer, length), Is.EqualTo(VectorKernels.DotPlain(a.Pointer, b.Pointer, length)));
        }
    }

    [Test]
    public void Half_products_equal_those_of_the_runtimes_conversion([Values(0, 1, 2, 3, 7, 8, 9, 15, 17, 31, 32, 33, 63, 511, 512, 513)] int length)
    {
        var random = new Random(length);
        float[] biased = new float[length];
        Half[] vector = new Half[length];
        double expected = 0;
        double magnitude = 0;
        for (int i = 0; i < length; i++)
        {
            float q = (float)((random.NextDouble() * 2) - 1);
            // Every sixth value is a subnormal half.
            vector[i] = (Half)(((random.NextDouble() * 2) - 1) * (i % 6 == 0 ? 3e-5 : 1));
            biased[i] = q * VectorKernels.HalfBias;
            expected += (double)q * (double)vector[i];
            magnitude += Math.Abs(q * (double)vector[i]);
        }
        fixed (float* q = biased)
        fixed (Half* v = vector)
        {
            Assert.That(VectorKernels.Dot(q, (short*)v, length), Is.EqualTo(expected).Within(1e-6 * magnitude));
            Assert.That(VectorKernels.DotPlain(q, (short*)v, length), Is.EqualTo(expected).Within(1e-6 * magnitude));
        }
    }

    [Test]
    public void Every_finite_half_is_read_exactly()
    {
        float one = VectorKernels.HalfBias;
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            Half half = BitConverter.UInt16BitsToHalf((ushort)bits);
            if (Half.IsFinite(half))
            {
                short value = (short)bits;
                float read = VectorKernels.Dot(&one, &value, 1);
                if (read != (float)half)
                {
                    Assert.Fail($"{half} is read as {read}");
                }
            }
        }
    }

    [Test]
    public void Codes_are_off_by_at_most_half_a_step()
    {
        var random = new Random(1);
        using var code = new NativeBuffer<sbyte>();
        code.Grow(128);
        code.Pointer[127] = 1;
        float[] values = [.. Enumerable.Range(0, 70).Select(_ => (float)(random.NextDouble() - 0.5))];
        float scale = VectorKernels.Quantize(values, code.Pointer, 128);
        for (int i = 0; i < values.Length; i++)
        {
            Assert.That(code.Pointer[i] * scale, Is.EqualTo(values[i]).Within(scale * 0.5001f));
        }
        Assert.That(new Span<sbyte>(code.Pointer + 70, 58).ToArray(), Is.All.Zero, "padding");
        Assert.That(VectorKernels.Quantize(new float[70], code.Pointer, 128), Is.Zero);
    }

    [Test]
    public void Crc32C_of_the_digits_is_the_published_value()
    {
        Assert.That(Crc32C.Of("123456789"u8), Is.EqualTo(0xE3069283));
        Assert.That(Crc32C.Of([]), Is.Zero);
        Assert.That(Crc32C.Of(new byte[32]), Is.EqualTo(0x8A9136AA), "RFC 3720, B.4: 32 bytes of zeros");
    }

    [Test]
    public void Ranked_keys_sort_by_score_and_then_by_place()
    {
        float[] scores = [float.NegativeInfinity, -1, -float.Epsilon, 0, float.Epsilon, 0.5f, 1, float.PositiveInfinity];
        for (int i = 0; i < scores.Length; i++)
        {
            ulong key = Ranked.Key(scores[i], 7);
            Assert.That((Ranked.Score(key), Ranked.Node(key)), Is.EqualTo((scores[i], 7)));
            Assert.That(Ranked.Key(scores[i], 8), Is.LessThan(key));
            Assert.That(i == 0 || Ranked.Key(scores[i - 1], 0) < key, Is.True);
        }
        Assert.That(Ranked.Key(-0f, 3), Is.EqualTo(Ranked.Key(0f, 3)));
    }
}
