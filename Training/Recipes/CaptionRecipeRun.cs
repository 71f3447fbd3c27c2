using SoundSearch.Engine.Models;
using SoundSearch.Engine.Text;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Data;
using SoundSearch.Training.Run;
using SoundSearch.Training.Tokenizer;

namespace SoundSearch.Training.Recipes;

/// <summary>Runs a <see cref="CaptionRecipe"/>; a run that was stopped goes on with the same call.</summary>
public static class CaptionRecipeRun
{
    /// <summary>In a captioner's run: what held-out sounds are called, and what it writes for them.</summary>
    public const string ExamplesName = "examples.csv";

    private const int Shown = 10;

    /// <summary>Returns the run's folder, with its recipe, <see cref="RunCard.FileName"/> and weights or captions.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="options">Where. The data folder also holds data/text/audiocaps_train.csv and teachers/mn04.</param>
    /// <param name="model">Whose audio tower listens.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OperationCanceledException">Stopped; the same call goes on.</exception>
    /// <exception cref="Engine.Formats.FileFormatException">What the folder holds is of another recipe, or some file is damaged.</exception>
    /// <exception cref="IOException">Data is missing.</exception>
    /// <exception cref="ArgumentException">The recipe asks for what the data does not have.</exception>
    public static string Run(CaptionRecipe recipe, RecipeOptions options, SoundModel model, CancellationToken cancellation)
    {
        ulong seed = options.Seed ?? recipe.Captioner?.Seed ?? 1;
        string folder = options.FolderOf(options.Name, seed), trained = options.FolderOf(recipe.Writing.Captioner, seed);
        CaptionRecipe training = recipe;
        if (recipe.Kind == CaptionRecipeKind.Captions)
        {
            string file = Path.Combine(trained, RecipeRun.RecipeName);
            if (!File.Exists(file) || !File.Exists(Path.Combine(trained, RunCard.FileName)))
            {
                throw RecipeRun.Missing(file, RecipeOptions.RunOf(recipe.Writing.Captioner, seed));
            }
            training = CaptionRecipe.Read(file);
        }
        CaptionerOptions captioning = training.Captioner! with { Seed = seed, Precision = options.Precision ?? training.Captioner!.Precision };
        captioning.Precision.Options(); // before anybody waits for data
        Directory.CreateDirectory(folder);
        using CaptionData data = (recipe.Clips ?? training.Clips) is { } clips
            ? CaptionData.Open(clips, options.DataFolder, options.Stores, options.Progress, cancellation)
            : CaptionData.Open(training.Split!, options.DataFolder, options.Stores, options.Progress, cancellation);
        HeardSounds heard = data.Listen(model, captioning.AudioTokens, options.Progress, cancellation);
        string[] Tags(int sound) => heard.Tags(sound, captioning.TagThreshold, captioning.MostTags);
        if (recipe.Kind == CaptionRecipeKind.Captioner)
        {
            File.WriteAllText(Path.Combine(folder, RecipeRun.RecipeName), (recipe with { Captioner = captioning }).ToJson() + "\n");
            string[] description = Train(captioning, data, data.CaptionsBySound(options.Stores, options.Text, options.Progress), heard, Tags, folder, options.Progress, cancellation);
            Dictionary<string, double> figures = Judge(Captioner.Load(folder), data.World, heard, recipe.Writing, Tags, folder, options.Progress, cancellation);
            new RunCard(options.Name, seed, description, figures)
            {
                DataHash = data.Hash,
                Seconds = TrainingLog.SecondsIn(Path.Combine(folder, TrainingLoop.LogName)),
            }.Write(folder);
            return folder;
        }
        File.WriteAllText(Path.Combine(folder, RecipeRun.RecipeName), recipe.ToJson() + "\n");
        (int Sound, string)[] sounds = [.. data.World.Sounds(SoundRole.Unlabelled).Select(s => (s, data.Store.Entries[s].Info.Path))];
        if (sounds.Length == 0 || (recipe.Writing.Tags && !sounds.Any(s => Tags(s.Sound).Length > 0)))
        {
            throw new ArgumentException(sounds.Length == 0
                ? "There is no sound to write a caption for: name 'unlabelled' ones in 'clips'."
                : $"None of {sounds.Length:N0} sounds has a tag: list their labels, name a 'tagger' in 'clips', or write without (\"tags\": false).");
        }
        CaptionWriting.Write(Captioner.Load(trained), heard, sounds, recipe.Writing, Tags, folder, options.Progress, cancellation);
        new RunCard(options.Name, seed, [$"captions of {sounds.Length:N0} unlabelled sounds, {(recipe.Writing.Tags ? "with" : "without")} tags"], new Dictionary<string, double>())
        {
            DataHash = data.Hash,
        }.Write(folder);
        return folder;
    }

    private static string[] Train(
        CaptionerOptions options, CaptionData data, ILookup<string, string> captions, HeardSounds heard, Func<int, string[]> tags, string folder, TextWriter? progress, CancellationToken cancellation)
    {
        CaptionWorld world = data.World;
        CaptionExample[] Sounds(SoundRole role) =>
            [.. world.Sounds(role).Select(s => new CaptionExample(heard.Audio(s), tags(s), [.. captions[world.Store.Entries[s].Info.Path]])).Where(e => e.Captions.Length > 0)];
        var matcher = new TagMatcher(heard.Labels);
        CaptionExample[] texts = [.. data.Captions.Select(c => new CaptionExample(default, matcher.Find(c), [c]))], sounds = Sounds(SoundRole.Named), validation = Sounds(SoundRole.Validation);
        string[] description =
        [
            $"{texts.Length:N0} captions as text alone, {texts.Count(t => t.Tags.Length > 0):N0} of them name a tag; {sounds.Length:N0} sounds with captions, {validation.Length:N0} more to choose the weights by",
            $"{world.Sounds(SoundRole.Unlabelled).Length:N0} sounds unlabelled; {world.Sounds(SoundRole.HeldOut, called: true).Length:N0} held out, {world.Sounds(SoundRole.Test, called: true).Length:N0} to test with",
            data.Guides,
        ];
        Array.ForEach(description, line => progress?.WriteLine(line));
        string merges = Path.Combine(folder, Captioner.MergesFile);
        if (!File.Exists(merges))
        {
            BpeTrainer.Write(merges, BpeTrainer.Train([.. data.Captions, .. heard.Labels], options.Vocabulary));
        }
        using var run = new CaptionerRun(options, ClipTokenizer.Load(merges), texts, sounds, heard.Width);
        return run.Run(folder, validation, progress, cancellation) ? description : throw new OperationCanceledException(cancellation);
    }

    /// <summary>Captions of sounds that the captioner never met, with tags, without, and the tags themselves for captions, against what the sounds are called.</summary>
    private static Dictionary<string, double> Judge(
        Captioner captioner, CaptionWorld world, HeardSounds heard, WritingOptions writing, Func<int, string[]> tags, string folder, TextWriter? progress, CancellationToken cancellation)
    {
        Dictionary<string, double> figures = [];
        List<string> lines = ["role,path,called,tags,with tags,without tags"];
        foreach (SoundRole role in (SoundRole[])[SoundRole.HeldOut, SoundRole.Test])
        {
            int[] sounds = world.Sounds(role, called: true);
            if (sounds.Length == 0)
            {
                continue;
            }
            string[] tagged = Captions(true), untagged = Captions(false), bare = [.. sounds.Select(s => string.Join(' ', tags(s).Take(1)))];
            List<(string How, string[] Captions)> ways = [("with tags", tagged), ("without tags", untagged), ("best tag alone", bare)];
            if (!sounds.Any(s => tags(s).Length > 0))
            {
                ways.RemoveAll(w => w.Captions != untagged);
            }
            foreach ((string how, string[] captions) in ways)
            {
                CaptionScores scores = CaptionScores.Measure(captions, [.. sounds.Select(s => world.Texts[s])]);
                string of = role == SoundRole.HeldOut ? "held out" : "test";
                progress?.WriteLine($"{of}, {how}: {scores}");
                foreach ((string name, double value) in ((string, double)[])[("BLEU-1", scores.Bleu1), ("BLEU-2", scores.Bleu2), ("CIDEr-D", scores.CiderD), ("content F1", scores.ContentF1), ("SPIDEr-like", scores.SpiderLike)])
                {
                    figures[$"{of}, {how}: {name}"] = value;
                }
            }
            for (int i = 0; i < sounds.Length; i++)
            {
                string[] cells = [$"{role}", world.Store.Entries[sounds[i]].Info.Path, string.Join(" / ", world.Texts[sounds[i]]), string.Join("; ", tags(sounds[i])), tagged[i], untagged[i]];
                lines.Add(string.Join(',', cells.Select(CsvTable.Quote)));
                if (i % Math.Max(1, sounds.Length / (Shown / 2)) == 0)
                {
                    progress?.WriteLine($"{cells[1]}, called \"{cells[2]}\", tags \"{cells[3]}\": \"{cells[4]}\"; without tags \"{cells[5]}\"");
                }
            }

            string[] Captions(bool guided) => [.. CaptionWriting.Write(captioner, heard, sounds, writing with { Tags = guided }, tags, cancellation).Select(w => w.Text)];
        }
        File.WriteAllText(Path.Combine(folder, ExamplesName), string.Join('\n', lines) + "\n");
        return figures;
    }
}
