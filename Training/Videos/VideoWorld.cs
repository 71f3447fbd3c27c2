using System.Text;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Videos;

/// <summary>
/// Videos made of sounds and pictures: in some frames what is heard, in the others something else. Of each thing with several drawings
/// one is kept for the held-out videos; things with a single drawing are for training only.
/// </summary>
public sealed class VideoWorld
{
    private readonly VideoOptions options;
    private readonly Dictionary<string, HashSet<string>> names = new(StringComparer.Ordinal);      // text to what shows it
    private readonly Dictionary<string, HashSet<string>> similar = new(StringComparer.Ordinal);    // text to all that the list has for it

    /// <param name="sounds">All sounds.</param>
    /// <param name="texts">The text of each sound, or null.</param>
    /// <param name="store">All pictures.</param>
    /// <param name="matches">What shows what.</param>
    /// <param name="options">Numbers of frames, what is held out, the seed.</param>
    /// <param name="known">Numbers of the pictures that may be frames; null: all.</param>
    /// <exception cref="ArgumentException">The list names pictures that are not there, or leaves no video.</exception>
    public VideoWorld(SoundMixture sounds, IReadOnlyList<string?> texts, PictureStore store, IReadOnlyList<Match> matches, VideoOptions options, IReadOnlySet<int>? known = null)
    {
        (Sounds, Texts, Store, this.options) = (sounds, texts, store, options);
        ILookup<string, int> drawings = Enumerable.Range(0, store.Entries.Count).ToLookup(p => store.Entries[p].Info.Group);
        foreach (Match m in matches)
        {
            if (!drawings.Contains(m.Words))
            {
                throw new ArgumentException($"The list of matches has '{m.Words}' for '{m.Text}', but no picture is called so.", nameof(matches));
            }
            Of(similar, m.Text).Add(m.Words);
            if (m.Use)
            {
                Of(names, m.Text).Add(m.Words);
            }
        }
        int[] usable = [.. Enumerable.Range(0, store.Entries.Count).Where(p => known is null || known.Contains(p))];
        HashSet<int> kept = [.. usable.GroupBy(p => store.Entries[p].Info.Group).Where(g => g.Count() > 1).Select(g => g.MaxBy(p => Order(store.Entries[p].Info.Path))!)];
        TestPictures = [.. kept.Order()];
        int[] trainPictures = [.. usable.Where(p => !kept.Contains(p))];
        (Train, TrainTruth) = Make(trainPictures, s => !IsHeldOut(s));
        (Test, TestTruth) = Make(TestPictures, IsHeldOut);
        if (Train.Count == 0 || Test.Count == 0)
        {
            throw new ArgumentException($"There are {Train.Count} videos to train on and {Test.Count} to measure with: lower 'minCosine', or say yes more often in the list of matches.", nameof(matches));
        }
    }

    public SoundMixture Sounds { get; }

    /// <summary>Of each sound; null where nothing is known.</summary>
    public IReadOnlyList<string?> Texts { get; }

    public PictureStore Store { get; }

    public IReadOnlyList<Video> Train { get; }

    /// <summary>Of sounds and drawings that no training video has.</summary>
    public IReadOnlyList<Video> Test { get; }

    /// <summary>For each training video, which frames show what is heard.</summary>
    public IReadOnlyList<bool[]> TrainTruth { get; }

    public IReadOnlyList<bool[]> TestTruth { get; }

    /// <summary>Drawings that no training video has.</summary>
    public IReadOnlyList<int> TestPictures { get; }

    /// <summary>Whether a picture shows what is heard.</summary>
    public bool Shows(int picture, int sound) => Texts[sound] is { } text && names.TryGetValue(text, out HashSet<string>? shown) && shown.Contains(Store.Entries[picture].Info.Group);

    /// <summary>Whether a sound is never trained on, in a video or with a text.</summary>
    public bool IsHeldOut(int sound)
    {
        SoundInfo info = Sounds.Entry(sound).Info;
        return info.Fold.Length > 0 ? info.Fold == options.HeldOutFold : PictureNames.IsHeldOut(info.Group, options.HeldOutShare);
    }

    /// <summary>Share of videos whose chosen frame shows what is heard; those without a choice (-1) do not count. NaN if there is none.</summary>
    public static double Agreement(IReadOnlyList<int> chosen, IReadOnlyList<bool[]> truth)
    {
        int[] known = [.. Enumerable.Range(0, truth.Count).Where(v => chosen[v] >= 0)];
        return known.Length == 0 ? double.NaN : known.Count(v => truth[v][chosen[v]]) / (double)known.Length;
    }

    /// <summary>Share of all frames that show what is heard: the agreement of a choice at random.</summary>
    public static double Chance(IReadOnlyList<bool[]> truth) => truth.Average(t => t.Count(agrees => agrees) / (double)t.Length);

    /// <summary>Writes the videos with the truth: columns part, sound, frame, picture, agrees.</summary>
    public void WriteTruth(string path)
    {
        var csv = new StringBuilder("part,sound,frame,picture,agrees\n");
        foreach ((string part, IReadOnlyList<Video> videos, IReadOnlyList<bool[]> truth) in new[] { ("train", Train, TrainTruth), ("test", Test, TestTruth) })
        {
            for (int v = 0; v < videos.Count; v++)
            {
                for (int f = 0; f < truth[v].Length; f++)
                {
                    csv.Append(part).Append(",\"").Append(Sounds.Entry(videos[v].Sound).Info.Path).Append("\",").Append(f).Append(",\"")
                        .Append(Store.Entries[videos[v].Pictures[f]].Info.Path).Append("\",").Append(truth[v][f] ? "yes" : "no").Append('\n');
                }
            }
        }
        File.WriteAllText(path, csv.ToString());
    }

    private (IReadOnlyList<Video> Videos, IReadOnlyList<bool[]> Truth) Make(IReadOnlyList<int> pictures, Func<int, bool> include)
    {
        ILookup<string, int> byName = pictures.ToLookup(p => Store.Entries[p].Info.Group);
        List<Video> videos = [];
        List<bool[]> truths = [];
        for (int s = 0; s < Sounds.Count; s++)
        {
            if (Texts[s] is not { } text || !include(s) || !names.TryGetValue(text, out HashSet<string>? shown))
            {
                continue;
            }
            int[] right = [.. shown.Order(StringComparer.Ordinal).SelectMany(n => byName[n])];
            int[] wrong = [.. pictures.Where(p => !similar[text].Contains(Store.Entries[p].Info.Group))];
            if (right.Length == 0 || wrong.Length == 0)
            {
                continue;
            }
            var random = new RandomSource(options.Seed * 0x9E3779B97F4A7C15 + (ulong)s);
            bool[] truth = new bool[options.Frames];
            Array.Fill(truth, true, 0, 1 + random.Next(options.MostAgreeing));
            random.Shuffle(truth.AsSpan());
            videos.Add(new Video(s, [.. truth.Select(agrees => agrees ? right[random.Next(right.Length)] : wrong[random.Next(wrong.Length)])]));
            truths.Add(truth);
        }
        return (videos, truths);
    }

    private static HashSet<string> Of(Dictionary<string, HashSet<string>> sets, string text) => sets.TryGetValue(text, out HashSet<string>? set) ? set : sets[text] = new(StringComparer.Ordinal);

    // An order that has nothing to do with the collections, so that no collection is kept as a whole.
    private static uint Order(string path) => IndexedFileKind.Crc(Encoding.UTF8.GetBytes(path));
}
