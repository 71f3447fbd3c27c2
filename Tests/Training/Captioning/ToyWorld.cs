using SoundSearch.Engine.Text;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Run;
using SoundSearch.Training.Tokenizer;

namespace SoundSearch.Tests.Training.Captioning;

/// <summary>Noise for sounds, tags that say what is heard: a caption can be written from the tags alone.</summary>
internal static class ToyWorld
{
    public const int AudioTokens = 2, AudioWidth = 4;

    public static readonly string[] Things = ["dog", "rain", "bell", "car", "door", "bird"];
    private static readonly string[] captions = ["a dog barks", "rain falls on a roof", "a bell rings", "a car passes by", "a door is slammed", "birds sing"];

    public static string Caption(int thing) => captions[thing];

    /// <summary>Writes merges.txt.</summary>
    public static ClipTokenizer Tokenizer(string folder)
    {
        string path = Path.Combine(folder, Captioner.MergesFile);
        BpeTrainer.Write(path, BpeTrainer.Train([.. captions, .. captions, .. Things, .. Things], 600));
        return ClipTokenizer.Load(path);
    }

    /// <summary>One example for each of count sounds; half of them have a second tag that means nothing.</summary>
    public static CaptionExample[] Sounds(int count, int seed)
    {
        var random = new RandomSource((ulong)seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            float[] audio = new float[AudioTokens * AudioWidth];
            random.Fill(audio, 1);
            return new CaptionExample(audio, i % 2 == 0 ? [Things[i % Things.Length]] : [Things[i % Things.Length], "noise"], [Caption(i % Things.Length)]);
        })];
    }

    public static CaptionExample[] Texts() => [.. Things.Select((t, i) => new CaptionExample(default, [t], [Caption(i)]))];

    /// <summary>What is heard in as many sounds as there are things: scores of 0.9 for the thing, 0.2 for "noise".</summary>
    public static HeardSounds Heard(int count)
    {
        float[] audio = new float[count * AudioTokens * AudioWidth], scores = new float[count * (Things.Length + 1)];
        new RandomSource(9).Fill(audio, 1);
        for (int i = 0; i < count; i++)
        {
            scores[i * (Things.Length + 1) + i % Things.Length] = 0.9f;
            scores[i * (Things.Length + 1) + Things.Length] = 0.2f;
        }
        return new HeardSounds(audio, scores, [.. Things, "noise"], AudioTokens, AudioWidth);
    }
}
