using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;

namespace SoundSearch.Tests.Training.Pictures;

public sealed class PicturePairsTests
{
    private const int Width = 32;

    private string folder = "";
    private PictureStore store = null!;

    [SetUp]
    public void SetUp()
    {
        folder = Directory.CreateTempSubdirectory("pictures-").FullName;
        store = TestPictures.Store(folder, TestPictures.Info("a/dog", "dog", "pet", "animal"), TestPictures.Info("b/dog", "dog", "pet", "animal"), TestPictures.Info("a/car", "car"));
    }

    [TearDown]
    public void TearDown()
    {
        store?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void Captions_are_the_name_and_the_name_with_each_tag()
    {
        var text = new TestPictures.WordEncoder(Width);
        var pairs = new PicturePairs(store, [2, 1], text, 1);
        float[] expected = new float[3 * Width];
        text.Encode(["dog", "dog, pet", "dog, animal"], expected);
        Assert.Multiple(() =>
        {
            Assert.That(pairs.Count, Is.EqualTo(2));
            Assert.That(pairs.Captions(0).Length, Is.EqualTo(Width));
            Assert.That(pairs.Captions(1).ToArray(), Is.EqualTo(expected));
            Assert.That(pairs.FrameCount, Is.Zero);
        });
    }

    [Test]
    public void The_same_draw_gives_the_same_input_and_another_draw_another()
    {
        var pairs = new PicturePairs(store, [0, 1, 2], new TestPictures.WordEncoder(Width), 1);
        float[] first = Fill(pairs, 0, 5), again = Fill(pairs, 0, 5), other = Fill(pairs, 0, 6);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));
        Assert.That(first, Is.All.InRange(-3f, 3f));
    }

    [Test]
    public void Unchanged_pictures_are_normalised_as_CLIP_has_it()
    {
        float[] input = new float[6];
        PictureInput.Normalise([255, 255, 255, 0, 0, 0], input);
        Assert.That(input, Is.EqualTo(new[] { 1.9303f, 2.0749f, 2.1459f, -1.7923f, -1.7521f, -1.4802f }).Within(1e-3f)); // CLIP's own extremes
    }

    [Test]
    public void Changed_pictures_keep_what_they_show()
    {
        // Black above, white below: no crop of 70 % or more, mirrored or not, turns that round.
        byte[] pixels = [.. Enumerable.Range(0, 16 * 16).SelectMany(p => Enumerable.Repeat((byte)(p < 128 ? 0 : 255), 3))];
        float[] input = new float[pixels.Length];
        for (ulong draw = 0; draw < 50; draw++)
        {
            PictureInput.Augment(pixels, 16, new SampleRandom(1, draw), input);
            Assert.That(input[..48].Average(), Is.LessThan(-1), $"draw {draw}");
            Assert.That(input[^48..].Average(), Is.GreaterThan(0.8), $"draw {draw}");
        }
    }

    private static float[] Fill(PicturePairs pairs, int item, ulong draw)
    {
        float[] input = new float[TestPictures.Side * TestPictures.Side * 3];
        pairs.Fill(item, draw, input);
        return input;
    }
}
