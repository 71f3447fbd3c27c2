using SoundSearch.Engine.Models;
using SoundSearch.Training.Losses;

namespace SoundSearch.Tests.Training.Losses;

public sealed class GradientTests
{
    private const int Rows = 3, Width = 6, Classes = 5;
    private const float Weight = 0.7f;

    [Test]
    public void Soft_targets_slope_as_their_gradient_says()
    {
        var loss = new SoftTargets(Differences.Random(Classes * Width, 1), Classes, Width, 0.3f, Rows);
        float[] z = Differences.Random(Rows * Width, 2), q = Differences.Distributions(Rows, Classes, 3), dz = new float[z.Length];
        loss.Forward(z, q, dz, Rows, Weight);
        Assert.That(Differences.Of(x => loss.Forward(x, q, new float[x.Length], Rows, Weight), z, dz), Is.LessThan(2e-3));
    }

    [Test]
    public void Soft_targets_are_the_cross_entropy_of_the_definition()
    {
        float[] e = [1, 0, 0, 1], q = [0.25f, 0.75f], z = [0.5f, -0.1f];
        double expected = -(0.25 * Math.Log(1 / (1 + Math.Exp(-6))) + 0.75 * Math.Log(1 / (1 + Math.Exp(6)))); // logits 5, -1
        Assert.That(new SoftTargets(e, 2, 2, 0.1f, 1).Forward(z, q, new float[2], 1), Is.EqualTo(expected).Within(1e-5));
    }

    [Test]
    public void Cross_entropy_slopes_as_its_gradient_says_and_equals_the_definition()
    {
        float[] x = Differences.Random(Rows * Classes, 2, 3), q = Differences.Distributions(Rows, Classes, 3), dx = new float[x.Length];
        double loss = CrossEntropy.Forward(x, q, dx, Rows, Classes, Weight);
        double expected = Enumerable.Range(0, x.Length).Sum(i => -Weight * q[i] * Math.Log(Math.Exp(x[i]) / x.Skip(i / Classes * Classes).Take(Classes).Sum(v => Math.Exp(v))));
        Assert.Multiple(() =>
        {
            Assert.That(loss, Is.EqualTo(expected).Within(1e-5));
            Assert.That(Differences.Of(v => CrossEntropy.Forward(v, q, new float[v.Length], Rows, Classes, Weight), x, dx), Is.LessThan(2e-3));
        });
    }

    [Test]
    public void In_batch_divergence_slopes_as_its_gradient_says_for_a_shard()
    {
        var loss = new InBatchKl(2, 4, 0.4f);
        float[] t = Unit(4, 4), z = Differences.Random(2 * Width, 5), dz = new float[z.Length];
        loss.Forward(z, t, dz, first: 1, rows: 2, batch: 4, Width, Weight);
        Assert.That(Differences.Of(x => loss.Forward(x, t, new float[x.Length], 1, 2, 4, Width, Weight), z, dz), Is.LessThan(2e-3));
    }

    [Test]
    public void In_batch_divergence_of_the_teacher_from_itself_is_zero_and_flat()
    {
        float[] t = Unit(4, 4), dz = new float[t.Length];
        Assert.That(new InBatchKl(4, 4, 0.05f).Forward(t, t, dz, 0, 4, 4, Width), Is.EqualTo(0).Within(1e-5));
        Assert.That(dz, Is.All.EqualTo(0).Within(1e-5));
    }

    [Test]
    public void Shards_of_a_batch_add_up_to_the_batch()
    {
        float[] t = Unit(4, 4), z = Unit(4, 6), whole = new float[z.Length], parts = new float[z.Length];
        var loss = new InBatchKl(4, 4, 0.05f);
        double all = loss.Forward(z, t, whole, 0, 4, 4, Width);
        double sum = loss.Forward(z, t, parts.AsSpan(), 0, 3, 4, Width)
            + loss.Forward(z.AsSpan(3 * Width), t, parts.AsSpan(3 * Width), 3, 1, 4, Width);
        Assert.That(sum, Is.EqualTo(all).Within(1e-5));
        Assert.That(parts, Is.EqualTo(whole).Within(1e-5f));
    }

    [Test]
    public void Cosine_loss_slopes_as_its_gradient_says()
    {
        float[] z = Unit(Rows, 7), t = Unit(Rows, 8), dz = new float[z.Length];
        Assert.That(CosineLoss.Forward(z, z, new float[z.Length], Rows, Width, 3), Is.EqualTo(0).Within(1e-6));
        CosineLoss.Forward(z, t, dz, Rows, Width, Weight);
        Assert.That(Differences.Of(x => CosineLoss.Forward(x, t, new float[x.Length], Rows, Width, Weight), z, dz), Is.LessThan(1e-3));
    }

    [Test]
    public void Binary_cross_entropy_slopes_as_its_gradient_says()
    {
        float[] x = Differences.Random(11, 9, 4), y = [.. Differences.Random(11, 10).Select(Math.Abs)], dx = new float[11];
        BinaryCrossEntropy.Forward(x, y, dx, Weight);
        Assert.That(Differences.Of(v => BinaryCrossEntropy.Forward(v, y, new float[11], Weight), x, dx), Is.LessThan(1e-3));
    }

    [Test]
    public void Binary_cross_entropy_survives_certain_answers()
    {
        float[] dx = new float[2];
        Assert.That(BinaryCrossEntropy.Forward([200, -200], [1, 1], dx), Is.EqualTo(200).Within(1e-4));
        Assert.That(dx, Is.EqualTo(new float[] { 0, -1 }));
    }

    [Test]
    public void Squared_error_slopes_as_its_gradient_says()
    {
        float[] x = Differences.Random(11, 11), y = Differences.Random(11, 12), dx = new float[11];
        SquaredError.Forward(x, y, dx, Weight);
        Assert.That(Differences.Of(v => SquaredError.Forward(v, y, new float[11], Weight), x, dx), Is.LessThan(1e-3));
    }

    [Test]
    public void Gradients_are_added_to_what_is_there()
    {
        float[] dx = [10];
        SquaredError.Forward([3], [1], dx);
        CosineLoss.Forward([1], [0.5f], dx, 1, 1);
        Assert.That(dx[0], Is.EqualTo(10 + 4 - 0.5f));
    }

    private static float[] Unit(int rows, int seed)
    {
        float[] x = Differences.Random(rows * Width, seed);
        UnitLength.Forward(x, x, rows, Width);
        return x;
    }
}
