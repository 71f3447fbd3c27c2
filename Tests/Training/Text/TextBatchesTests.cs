using SoundSearch.Training.Text;

namespace SoundSearch.Tests.Training.Text;

public sealed class TextBatchesTests
{
    private static readonly int[] texts = [.. Enumerable.Range(1000, 1037)];

    [Test]
    public void An_epoch_shows_each_text_at_most_once_and_all_but_the_remainder()
    {
        TextBatches batches = Make(1);
        Assert.That(batches.PerEpoch, Is.EqualTo(64));
        int[] seen = [.. Enumerable.Range(0, 64).SelectMany(step => batches.At(step).ToArray())];
        Assert.That(seen, Is.Unique);
        Assert.That(seen, Has.Length.EqualTo(1024));
        Assert.That(seen, Is.SubsetOf(texts));
    }

    [Test]
    public void Texts_of_a_batch_have_similar_lengths()
    {
        TextBatches batches = Make(1);
        double padding = Enumerable.Range(0, 64).Average(step => batches.At(step).ToArray().Average(t => Longest(batches, step) - Length(t)));
        Assert.That(padding, Is.LessThan(1)); // 20 lengths: unsorted batches of 16 would pad by 9
    }

    [Test]
    public void Any_step_can_be_asked_for_without_the_ones_before()
    {
        TextBatches straight = Make(3);
        for (int step = 0; step < 100; step++)
        {
            straight.At(step);
        }
        Assert.That(Make(3).At(100).ToArray(), Is.EqualTo(straight.At(100).ToArray()));
    }

    [Test]
    public void Epochs_and_seeds_have_orders_of_their_own()
    {
        TextBatches one = Make(1);
        int[] first = one.At(0).ToArray();
        Assert.That(one.At(64).ToArray(), Is.Not.EqualTo(first));
        Assert.That(Make(2).At(0).ToArray(), Is.Not.EqualTo(first));
    }

    [Test]
    public void Fewer_texts_than_a_batch_are_refused() =>
        Assert.That(() => new TextBatches([1, 2], Length, 3, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static TextBatches Make(ulong seed) => new(texts, Length, 16, seed);

    private static int Length(int text) => (text * 7919) % 20;

    private static int Longest(TextBatches batches, long step) => batches.At(step).ToArray().Max(Length);
}
