using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Tagger;

namespace SoundSearch.Tests.Training.Tagger;

public sealed class Mn04TaggerTests
{
    [Test]
    public void Reproduces_the_original_networks_answers()
    {
        using var golden = SafetensorsFile.Open(SharedData.Require("teachers/mn04/golden.safetensors"));
        var tagger = Mn04Tagger.Load(SharedData.Require("teachers/mn04/mn04.safetensors"));
        float[] mels = new float[500 * 128], logits = new float[Mn04Tagger.Classes], embedding = new float[Mn04Tagger.EmbeddingWidth];
        new LogMel(500).Extract(golden.Read("waveform").Span, mels);
        tagger.Run(mels, 1, 500, new TaggerWorkspace(), logits, embedding);
        Assert.That(Goldens.MaxDifference(embedding, golden.Read("embedding").Span), Is.LessThan(1e-4f));
        Assert.That(Goldens.MaxDifference(logits, golden.Read("logits").Span), Is.LessThan(5e-4f));
    }

    [Test]
    public void A_batch_gives_what_its_members_give_alone_and_a_workspace_can_be_used_again()
    {
        var tagger = Mn04Tagger.Load(SharedData.Require("teachers/mn04/mn04.safetensors"));
        var random = new Random(1);
        float[] mels = [.. Enumerable.Range(0, 3 * 57 * 128).Select(_ => random.NextSingle() * 2 - 1)];
        float[] logits = new float[3 * 527], embeddings = new float[3 * 384], one = new float[527], embedding = new float[384];
        var workspace = new TaggerWorkspace();
        tagger.Run(mels, 3, 57, workspace, logits, embeddings);
        for (int i = 0; i < 3; i++)
        {
            tagger.Run(mels.AsSpan(i * 57 * 128, 57 * 128), 1, 57, workspace, one, embedding);
            Assert.That(embedding, Is.EqualTo(embeddings.AsSpan(i * 384, 384).ToArray()));
            Assert.That(Goldens.MaxDifference(one, logits.AsSpan(i * 527, 527)), Is.LessThan(1e-5f));
        }
    }

    [Test]
    public void Buffers_that_are_too_short_are_refused()
    {
        var tagger = Mn04Tagger.Load(SharedData.Require("teachers/mn04/mn04.safetensors"));
        Assert.That(
            () => tagger.Run(new float[10 * 128], 1, 10, new TaggerWorkspace(), new float[526], new float[384]), Throws.ArgumentException);
    }

    [Test]
    public void Other_weights_are_refused_with_the_place()
    {
        string path = SharedData.Require("teachers/mn04/golden.safetensors");
        Assert.That(() => Mn04Tagger.Load(path), Throws.TypeOf<FileFormatException>().With.Message.Contains("features.0"));
    }
}
