using SoundSearch.Engine.Kernels;
using SoundSearch.Tests.Training.Losses;
using SoundSearch.Training.Optimizers;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Optimizers;

public sealed class MuonTests
{
    [TestCase(16, 16)]
    [TestCase(12, 40)]
    [TestCase(40, 12)]
    [TestCase(1, 7)]
    public void Newton_and_Schulz_leave_singular_values_near_one(int rows, int columns)
    {
        float[] x = Differences.Random(rows * columns, 3);
        new Orthogonalise(rows * columns, Math.Min(rows, columns)).InPlace(x, rows, columns);
        // The trace of X X^T is the sum of squared singular values, that of its square the sum of their fourth powers.
        int side = Math.Min(rows, columns);
        float[] gram = new float[side * side];
        bool tall = rows > columns;
        Gemm.Multiply(x, columns, tall, x, columns, !tall, gram, side, side, side, Math.Max(rows, columns));
        double trace = Enumerable.Range(0, side).Sum(i => gram[(i * side) + i]) / side, square = gram.Sum(v => (double)v * v) / side;
        Assert.That(trace, Is.InRange(0.45, 1.45));
        Assert.That(square, Is.InRange(0.2, 2.1));
    }

    [Test]
    public void A_zero_gradient_only_decays()
    {
        Parameter p = Parameter.Create("w", 3, 4);
        p.Value.Span.Fill(2);
        new Muon([p], new MuonOptions(LearningRate: 0.1, WeightDecay: 0.5)).Step(1);
        Assert.That(p.Value.ToArray(), Is.All.EqualTo(1.9f).Within(1e-6));
    }

    [Test]
    public void An_update_has_the_size_of_an_AdamW_update()
    {
        Parameter p = Parameter.Create("w", 48, 16);
        Differences.Random(48 * 16, 5).CopyTo(p.Gradient);
        new Muon([p], new MuonOptions(LearningRate: 1, WeightDecay: 0)).Step(1);
        double rms = Math.Sqrt(p.Value.ToArray().Average(v => (double)v * v));
        Assert.That(rms, Is.InRange(0.14, 0.25)); // 0.2 for exact singular values of 1
    }

    [Test]
    public void Sharing_the_matrices_out_changes_no_bit()
    {
        using var shards = new Shards(3);
        float[][] results = [.. new Shards?[] { null, shards }.Select(s =>
        {
            Parameter[] parameters = [.. Enumerable.Range(0, 5).Select(i => Parameter.Create($"w{i}", 8 + i, 11))];
            var muon = new Muon(parameters, new MuonOptions(), s);
            for (int step = 0; step < 3; step++)
            {
                for (int i = 0; i < 5; i++)
                {
                    Differences.Random((8 + i) * 11, (step * 10) + i).CopyTo(parameters[i].Gradient);
                }
                muon.Step(1);
            }
            return parameters.SelectMany(p => p.Value.ToArray()).ToArray();
        })];
        Assert.That(results[1], Is.EqualTo(results[0]));
    }

    [Test]
    public void Anything_but_a_matrix_is_refused_by_name() =>
        Assert.That(() => new Muon([Parameter.Create("ln.bias", 4)], new MuonOptions()), Throws.ArgumentException.With.Message.Contains("ln.bias"));
}
