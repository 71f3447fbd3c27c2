using System.Globalization;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Losses;

namespace SoundSearch.Tests.Training.Losses;

public sealed class InfoNceTests
{
    // scaling_false keeps the temperature out of the loss; that is a logit scale of 0 without a gradient.
    [TestCase("default", true, float.PositiveInfinity)]
    [TestCase("scaled_inputs_same_loss", true, float.PositiveInfinity)]
    [TestCase("prenormalized", false, float.PositiveInfinity)]
    [TestCase("not_normalized_kwarg_true", false, float.PositiveInfinity)]
    [TestCase("max100_below", true, 100)]
    [TestCase("max100_above_clamped", true, 100)]
    [TestCase("max10_clamped", true, 10)]
    [TestCase("no_max_large_scale", true, float.PositiveInfinity)]
    [TestCase("scaling_false", true, float.PositiveInfinity)]
    [TestCase("batch1", true, float.PositiveInfinity)]
    [TestCase("val_al", false, float.PositiveInfinity)]
    public void Loss_and_gradients_are_those_of_the_original_code(string name, bool normalise, float maxScale)
    {
        using SafetensorsFile file = Goldens.Open("loss.safetensors");
        Tensor x1 = file.Read(name + ".x1"), x2 = file.Read(name + ".x2");
        Assert.That(file.Metadata[name].Contains("normalized_kwarg=" + (!normalise).ToString(CultureInfo.InvariantCulture)), Is.True);
        bool scaling = name != "scaling_false";
        int n = x1.Shape[0], width = x1.Shape[1];
        float[] u1 = x1.Data.ToArray(), u2 = x2.Data.ToArray(), d1 = new float[n * width], d2 = new float[n * width];
        if (normalise)
        {
            UnitLength.Forward(x1.Span, u1, n, width);
            UnitLength.Forward(x2.Span, u2, n, width);
        }
        float dscale = 0;
        double loss = new InfoNce(n, mean: false, maxScale).Forward(
            u1, u2, scaling ? file.Read(name + ".logit_scale").Span[0] : 0, d1, d2, ref dscale, n, width);
        if (normalise)
        {
            UnitLengthBackward.Run(d1, x1.Span, d1, n, width);
            UnitLengthBackward.Run(d2, x2.Span, d2, n, width);
        }

        float expected = file.Read(name + ".loss").Span[0];
        Assert.That(loss, Is.EqualTo(expected).Within(1e-5 * Math.Max(1, Math.Abs(expected))));
        Assert.That(Goldens.MaxDifference(d1, file.Read(name + ".grad_x1").Span), Is.LessThan(2e-5));
        Assert.That(Goldens.MaxDifference(d2, file.Read(name + ".grad_x2").Span), Is.LessThan(2e-5));
        if (scaling)
        {
            Assert.That(dscale, Is.EqualTo(file.Read(name + ".grad_logit_scale").Span[0]).Within(2e-5));
        }
    }

    [Test]
    public void The_mean_of_the_directions_is_half_their_sum()
    {
        float[] a = Differences.Random(15, 1), b = Differences.Random(15, 2), none = [];
        float ignored = 0;
        double sum = new InfoNce(5).Forward(a, b, 1, none, none, ref ignored, 5, 3);
        Assert.That(new InfoNce(5, mean: true).Forward(a, b, 1, none, none, ref ignored, 5, 3), Is.EqualTo(sum / 2).Within(1e-6));
    }

    [Test]
    public void More_pairs_than_planned_are_refused()
    {
        float ignored = 0;
        Assert.That(() => new InfoNce(1).Forward(new float[6], new float[6], 0, [], [], ref ignored, 2, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
