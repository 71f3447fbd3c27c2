using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Training.Captioning;

/// <summary>The sounds of a store, what they are called and what each is for. A hash of the recording decides, so that no run and no order of the files changes it.</summary>
public sealed class CaptionWorld
{
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
    private readonly SoundRole[] roles;

    /// <param name="store">The sounds.</param>
    /// <param name="words">Every word that counts as one, lower case (<see cref="CaptionSource"/>).</param>
    /// <param name="split">Shares.</param>
    public CaptionWorld(MelStore store, IReadOnlySet<string> words, CaptionSplit split)
    {
        split.Check();
        Store = store;
        Texts = [.. store.Entries.Select(e => Called(e.Info, words))];
        roles = new SoundRole[store.Entries.Count];
        for (int i = 0; i < roles.Length; i++)
        {
            MelEntry e = store.Entries[i];
            places[e.Info.Path] = i;
            roles[i] = e.Info.Fold.Length > 0
                ? (e.Info.Fold == split.TestFold ? SoundRole.Test : SoundRole.Unlabelled)
                : RoleOf(e.Info.Group, split);
        }
    }

    public MelStore Store { get; }

    /// <summary>Class and title of each sound, where they are words; possibly none.</summary>
    public IReadOnlyList<string[]> Texts { get; }

    /// <summary>Its sounds, in the store's order.</summary>
    /// <param name="role">Which.</param>
    /// <param name="called">Only those that have a text.</param>
    public int[] Sounds(SoundRole role, bool called = false) => [.. Enumerable.Range(0, roles.Length).Where(i => roles[i] == role && (!called || Texts[i].Length > 0))];

    /// <summary>Number of the sound of that path; -1 if there is none.</summary>
    public int Find(string path) => places.GetValueOrDefault(path, -1);

    /// <summary>Where folders are named by nobody, the file itself may be.</summary>
    private static string[] Called(SoundInfo info, IReadOnlySet<string> words) =>
        CaptionSource.TextsOf(info, words) is { Length: > 0 } texts ? texts : CaptionSource.TextsOf(info with { Title = info.Title[(info.Title.LastIndexOf('/') + 1)..] }, words);

    private static SoundRole RoleOf(string group, CaptionSplit split)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{split.Seed} {group}")));
        double place = BinaryPrimitives.ReadUInt32LittleEndian(hash) / (double)(1L << 32);
        return place < split.HeldOutShare ? SoundRole.HeldOut
            : place < split.HeldOutShare + split.ValidationShare ? SoundRole.Validation
            : place < split.HeldOutShare + split.ValidationShare + split.NamedShare ? SoundRole.Named
            : SoundRole.Unlabelled;
    }
}
