using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Run;

public class PassesTests
{
    [Test]
    public void Passes_hold_every_row_once_in_order_and_differ_by_one_at_most() => Prop.ForAll(
        Gen.Choose(1, 200).SelectMany(rows => Gen.Choose(0, rows).Select(n => (rows, n))).ToArbitrary(),
        ((int Rows, int Accumulate) c) =>
        {
            var passes = new Passes(c.Rows, c.Accumulate);
            (int First, int Count)[] all = [.. Enumerable.Range(0, passes.Count).Select(p => passes[p])];
            Assert.That(passes.Count, Is.EqualTo(Math.Max(1, c.Accumulate)));
            Assert.That(all.SelectMany(p => Enumerable.Range(p.First, p.Count)), Is.EqualTo(Enumerable.Range(0, c.Rows)));
            Assert.That(all.Max(p => p.Count), Is.EqualTo(passes.Largest));
            Assert.That(all.Min(p => p.Count), Is.GreaterThanOrEqualTo(Math.Max(1, passes.Largest - 1)));
        }).QuickCheckThrowOnFailure();

    [TestCase(4, 5)]
    [TestCase(4, -1)]
    public void More_passes_than_rows_are_refused(int rows, int accumulate) =>
        Assert.That(() => new Passes(rows, accumulate), Throws.ArgumentException.With.Message.Contains($"{rows} samples").And.Message.Contains($"{accumulate} passes"));
}
