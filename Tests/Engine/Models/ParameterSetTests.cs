using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;

namespace SoundSearch.Tests.Engine.Models;

public class ParameterSetTests
{
    private static readonly ParameterShape[] layout = [new("a", [2, 3]), new("b", []), new("mean", [4], Trained: false)];

    [Test]
    public void Slices_lie_in_order_in_one_allocation()
    {
        var set = new ParameterSet(layout);
        for (int i = 0; i < set.Values.Length; i++)
        {
            set.Values[i] = i;
        }
        Assert.That(set.Get("a", 2, 3).ToArray(), Is.EqualTo(new float[] { 0, 1, 2, 3, 4, 5 }));
        Assert.That(set.Get("b").ToArray(), Is.EqualTo(new float[] { 6 }));
        Assert.That(set.Get("mean", 4).ToArray(), Is.EqualTo(new float[] { 7, 8, 9, 10 }));
    }

    [Test]
    public void Optimisers_walk_trained_parameters_beside_their_gradients()
    {
        var set = new ParameterSet(layout);
        ParameterSet gradients = set.ZerosLike();
        gradients.Get("b").Span[0] = 3;
        var walked = set.WithGradients(gradients).ToList();
        Assert.That(walked.Select(w => w.Name), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(walked[1].Gradient.Span[0], Is.EqualTo(3));
        Assert.That(() => set.WithGradients(new ParameterSet([new("a", [2, 3])])), Throws.ArgumentException);
    }

    [Test]
    public void A_missing_tensor_is_named_with_its_shape() =>
        Assert.That(
            () => ParameterSet.Load(layout, _ => null, "weights.safetensors"),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("a [2, 3]").And.Message.Contains("weights.safetensors"));

    [Test]
    public void A_wrong_shape_is_named_beside_the_expected_one() =>
        Assert.That(
            () => ParameterSet.Load(layout, n => new Tensor(n, [3, 2], new float[6]), "w"),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("a [2, 3]").And.Message.Contains("[3, 2]"));

    [Test]
    public void Unknown_names_wrong_shapes_and_twins_are_refused()
    {
        var set = new ParameterSet(layout);
        Assert.That(() => set.Get("c", 1), Throws.ArgumentException.With.Message.Contains("'c'"));
        Assert.That(() => set.Get("a", 6), Throws.ArgumentException.With.Message.Contains("[2, 3]"));
        Assert.That(() => new ParameterSet([new("a", [1]), new("a", [2])]), Throws.ArgumentException.With.Message.Contains("twice"));
    }
}
