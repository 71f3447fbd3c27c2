using SoundSearch.Training.Pocket;

namespace SoundSearch.Tests.Training.Pocket;

public class StableDecayScheduleTests
{
    private static readonly StableDecaySchedule schedule = new(Warmup: 10, Total: 100, DecayShare: 0.3, Floor: 0.01);

    [Test]
    public void It_rises_stays_level_and_falls_to_the_floor()
    {
        Assert.Multiple(() =>
        {
            Assert.That(schedule.At(0), Is.EqualTo(0.1).Within(1e-12));
            Assert.That(Enumerable.Range(9, 62).Select(s => schedule.At(s)), Is.All.EqualTo(1));
            Assert.That(Enumerable.Range(70, 31).Select(s => schedule.At(s)), Is.Ordered.Descending);
            Assert.That(schedule.At(100), Is.EqualTo(0.01).Within(1e-12));
            Assert.That(schedule.At(1000), Is.EqualTo(0.01).Within(1e-12));
        });
    }

    [Test]
    public void A_longer_run_has_the_same_rates_until_the_shorter_one_falls()
    {
        StableDecaySchedule longer = schedule with { Total = 1000 };
        Assert.That(Enumerable.Range(0, (int)schedule.DecayStart).Select(s => longer.At(s)), Is.EqualTo(Enumerable.Range(0, (int)schedule.DecayStart).Select(s => schedule.At(s))));
    }
}
