using SoundSearch.Engine.Models;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Recipes;

namespace SoundSearch.Tests.Training.Pictures;

public sealed class PictureVectorsTests
{
    private const int Width = 32;

    private string folder = "";
    private PictureStore store = null!;

    private string Kept => Path.Combine(folder, PictureVectors.FileName);

    [SetUp]
    public void SetUp()
    {
        folder = Directory.CreateTempSubdirectory("pictures-").FullName;
        store = TestPictures.Store(folder, TestPictures.Info("a/dog", "dog"), TestPictures.Info("b/dog", "dog"), TestPictures.Info("a/car", "car"));
    }

    [TearDown]
    public void TearDown()
    {
        store?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void Kept_vectors_are_those_of_the_tower_and_come_from_the_file_the_second_time()
    {
        AudioTower tower = RecipeRun.Random(TestPictures.Shape(Width), 3);
        float[] made = PictureVectors.OfAll(tower, store, Kept);
        DateTime written = File.GetLastWriteTimeUtc(Kept);
        float[] read = PictureVectors.OfAll(tower, store, Kept);
        Assert.Multiple(() =>
        {
            Assert.That(made, Is.EqualTo(PictureVectors.Of(tower, store, [0, 1, 2])));
            Assert.That(read, Is.EqualTo(made));
            Assert.That(File.GetLastWriteTimeUtc(Kept), Is.EqualTo(written));
            Assert.That(PictureVectors.Rows(made, Width, [2, 0]), Is.EqualTo((float[])[.. made[(2 * Width)..], .. made[..Width]]));
        });
    }

    [Test]
    public void Known_pictures_have_their_own_name_among_the_nearest()
    {
        var text = new TestPictures.WordEncoder(Width);
        float[] names = new float[2 * Width];
        text.Encode(["dog", "car"], names);
        float[] dog = names[..Width], car = names[Width..], vectors = [.. dog, .. car, .. car]; // the second drawing of a dog is taken for a car
        Assert.Multiple(() =>
        {
            Assert.That(PictureVectors.Known(vectors, store, text, 1), Is.EquivalentTo(new[] { 0, 2 }));
            Assert.That(PictureVectors.Known(vectors, store, text, 2), Is.EquivalentTo(new[] { 0, 1, 2 }));
        });
    }

    [Test]
    public void Vectors_of_other_weights_are_made_anew()
    {
        PictureVectors.OfAll(RecipeRun.Random(TestPictures.Shape(Width), 3), store, Kept);
        AudioTower other = RecipeRun.Random(TestPictures.Shape(Width), 4);
        Assert.That(PictureVectors.OfAll(other, store, Kept), Is.EqualTo(PictureVectors.Of(other, store, [0, 1, 2])));
    }
}
