using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Engine.Audio;

namespace SoundSearch.Tests.Engine.Audio;

internal sealed class MonoReaderTests
{
    [Test]
    public void Channels_are_averaged()
    {
        float[] interleaved = [1, 0, -1, 0.5f, 0.5f, 0.5f];
        using var reader = new MonoReader(new MemoryReader(interleaved, 3, 32000), 32000);
        Assert.That(reader.ReadAll(), Is.EqualTo(new[] { 0, 0.5f }));
    }

    [Test]
    public void Samples_that_are_no_numbers_count_as_silence()
    {
        float[] interleaved = [float.NaN, 1, float.PositiveInfinity, 1, float.NegativeInfinity, float.NaN, 1e30f, -1e38f, 2, 2];
        using var reader = new MonoReader(new MemoryReader(interleaved, 2, 44100), 44100);
        Assert.That(reader.ReadAll(), Is.EqualTo(new[] { 0.5f, 0.5f, 0, 0, 2 }));
        float[] noise = [.. Enumerable.Repeat(float.NaN, 1000)];
        using var resampled = new MonoReader(new MemoryReader(noise, 1, 44100), 32000);
        Assert.That(resampled.ReadAll(), Is.All.Zero);
    }

    [Test]
    public void The_result_is_that_of_resampling_the_whole_and_does_not_depend_on_how_it_is_read()
    {
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                var random = new Random(seed);
                int rate = new[] { 8000, 32000, 44100, 48000 }[random.Next(4)], channels = random.Next(1, 4), frames = random.Next(60000);
                float[] samples = [.. Enumerable.Range(0, frames * channels).Select(_ => random.NextSingle() - 0.5f)];
                float[] mono = [.. samples.Chunk(channels).Select(frame => { float sum = 0; foreach (float x in frame) sum += x; return sum * (1f / channels); })];
                using var reader = new MonoReader(new MemoryReader(samples, channels, rate), 32000);
                List<float> all = [];
                float[] block = new float[random.Next(1, 50000)];
                for (int got; (got = reader.Read(block)) > 0;)
                    all.AddRange(block[..got]);
                return all.Count == reader.Length && all.SequenceEqual(Resampler.Resample(mono, rate, 32000));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    [Test]
    public void ReadAll_stops_at_the_limit_and_goes_on_from_there()
    {
        float[] samples = [.. Enumerable.Range(0, 10000).Select(i => i / 10000f)];
        using var reader = new MonoReader(new MemoryReader(samples, 1, 1000), 1000);
        Assert.That(reader.ReadAll(2.5), Is.EqualTo(samples[..2500]));
        Assert.That(reader.ReadAll(0), Is.Empty);
        Assert.That(reader.ReadAll(), Is.EqualTo(samples[2500..]));
        Assert.That(reader.ReadAll(), Is.Empty);
        Assert.That(() => reader.ReadAll(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => reader.ReadAll(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_header_that_promises_too_much_costs_no_memory()
    {
        using var reader = new MonoReader(new MemoryReader([0.25f], 1, 8000, promised: long.MaxValue / 2), 8000);
        Assert.That(reader.ReadAll(), Is.EqualTo(new[] { 0.25f }));
    }

    [Test]
    public void Reading_allocates_nothing()
    {
        using var reader = new MonoReader(new MemoryReader(new float[2 * 441000], 2, 44100), 32000);
        float[] block = new float[1000];
        for (int i = 0; i < 40; i++)
            reader.Read(block);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++)
            reader.Read(block);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test, Explicit("a measurement: run in Release")]
    public void Speed_from_44100_to_32000()
    {
        float[] input = new float[44100 * 300];
        for (int i = 0; i < input.Length; i++)
            input[i] = MathF.Sin(i * 0.1f);
        float[] output = new float[65536];
        double best = 0;
        for (int round = 0; round < 5; round++)
        {
            // Processor time, as other programs may want the core too.
            TimeSpan start = Environment.CpuUsage.TotalTime;
            using var reader = new MonoReader(new MemoryReader(input, 1, 44100), 32000);
            while (reader.Read(output) > 0)
            {
            }
            best = Math.Max(best, 300 / (Environment.CpuUsage.TotalTime - start).TotalSeconds);
            TestContext.Out.WriteLine($"mono 44100 -> 32000 Hz: best so far {best:F0} x real time on one core");
        }
        Assert.That(best, Is.GreaterThan(300));
    }

    private sealed class MemoryReader(float[] samples, int channels, int rate, long? promised = null) : IAudioReader
    {
        private int at;

        public int SampleRate => rate;

        public int Channels => channels;

        public long? Frames => promised ?? samples.Length / channels;

        public int Read(Span<float> interleaved)
        {
            int count = Math.Min(interleaved.Length / channels * channels, samples.Length - at);
            samples.AsSpan(at, count).CopyTo(interleaved);
            at += count;
            return count;
        }

        public void Dispose()
        {
        }
    }
}
