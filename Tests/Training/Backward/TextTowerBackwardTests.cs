using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;

namespace SoundSearch.Tests.Training.Backward;

public class TextTowerBackwardTests
{
    private static readonly TextTowerShape towerShape = new(Vocabulary: 11, Context: 9, Width: 8, Heads: 2, Layers: 2, Embedding: 5);

    [Test]
    public void Rows_of_different_lengths_match_finite_differences()
    {
        int[] ids = [1, 4, 4, 2, 0, 0, /**/ 1, 7, 3, 5, 4, 2, /**/ 1, 2, 0, 0, 0, 0];
        int[] ends = [3, 5, 1];
        var parameters = new ParameterSet(towerShape.Layout());
        GradientCheck.Randomise(parameters, 1);
        var tower = new TextTower(parameters, towerShape);
        var buffers = new TextTowerBuffers(towerShape, 4, 7, training: true);
        float[] weights = GradientCheck.Noise(3 * towerShape.Embedding, 4);
        double Loss()
        {
            tower.Forward(ids, ends, 3, 6, buffers);
            return GradientCheck.Dot(buffers.Embeddings.Span, weights);
        }
        Loss();
        ParameterSet gradients = parameters.ZerosLike();
        new TextTowerBackward(tower, gradients, 4, 7).Run(buffers, weights);
        GradientCheck.Run(parameters, gradients, Loss);
        Assert.That(gradients.Get("token_embedding.weight", 11, 8)[..8].ToArray(), Is.All.Zero, "padding gets no gradient");
        Assert.That(gradients.Get("positional_embedding", 9, 8)[(6 * 8)..].ToArray(), Is.All.Zero, "unused positions get none");
    }

    [Test]
    public void Normalisation_has_no_gradient_along_the_vector()
    {
        float[] x = GradientCheck.Noise(2 * 6, 1), dy = GradientCheck.Noise(2 * 6, 2), dx = new float[12];
        UnitLengthBackward.Run(dy, x, dx, 2, 6);
        Assert.That(GradientCheck.Dot(x.AsSpan(0, 6), dx.AsSpan(0, 6)), Is.EqualTo(0).Within(1e-6));
        Assert.That(GradientCheck.Dot(x.AsSpan(6), dx.AsSpan(6)), Is.EqualTo(0).Within(1e-6));
    }
}
