using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Training.Captioning;

/// <summary>The sounds of a store, what they are called and what each is for.</summary>
public sealed class CaptionWorld
{
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
    private readonly SoundRole[] roles;

    /// <param name="store">The sounds.</param>
    /// <param name="texts">What each is called, or captions of it; possibly none.</param>
    /// <param name="roles">Of each.</param>
    public CaptionWorld(MelStore store, IEnumerable<string[]> texts, IEnumerable<SoundRole> roles)
    {
        (Store, Texts, this.roles) = (store, [.. texts], [.. roles]);
        for (int i = 0; i < store.Entries.Count; i++)
        {
            places[store.Entries[i].Info.Path] = i;
        }
    }

    public MelStore Store { get; }

    /// <summary>What each sound is called (class and title, where they are words), or its captions; possibly none.</summary>
    public IReadOnlyList<string[]> Texts { get; }

    /// <summary>Sounds with what their labels and titles call them. A hash of the recording decides its role, so that no run and no order of the files changes it.</summary>
    /// <param name="store">The sounds.</param>
    /// <param name="words">Every word that counts as one, lower case (<see cref="CaptionSource"/>).</param>
    /// <param name="split">Shares.</param>
    /// <exception cref="ArgumentException">Shares that cannot be.</exception>
    public static CaptionWorld OfNames(MelStore store, IReadOnlySet<string> words, CaptionSplit split)
    {
        split.Check();
        return new(store, store.Entries.Select(e => Called(e.Info, words)), store.Entries.Select(e => RoleOf(e.Info, split)));
    }

    /// <summary>Its sounds, in the store's order.</summary>
    /// <param name="role">Which.</param>
    /// <param name="called">Only those that have a text.</param>
    public int[] Sounds(SoundRole role, bool called = false) => [.. Enumerable.Range(0, roles.Length).Where(i => roles[i] == role && (!called || Texts[i].Length > 0))];

    /// <summary>Number of the sound of that path; -1 if there is none.</summary>
    public int Find(string path) => places.GetValueOrDefault(path, -1);

    /// <summary>Where folders are named by nobody, the file itself may be.</summary>
    private static string[] Called(SoundInfo info, IReadOnlySet<string> words) =>
        CaptionSource.TextsOf(info, words) is { Length: > 0 } texts ? texts : CaptionSource.TextsOf(info with { Title = info.Title[(info.Title.LastIndexOf('/') + 1)..] }, words);

    private static SoundRole RoleOf(SoundInfo info, CaptionSplit split)
    {
        if (info.Fold.Length > 0)
        {
            return info.Fold == split.TestFold ? SoundRole.Test : SoundRole.Unlabelled;
        }
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{split.Seed} {info.Group}")));
        double place = BinaryPrimitives.ReadUInt32LittleEndian(hash) / (double)(1L << 32);
        return place < split.HeldOutShare ? SoundRole.HeldOut
            : place < split.HeldOutShare + split.ValidationShare ? SoundRole.Validation
            : place < split.HeldOutShare + split.ValidationShare + split.NamedShare ? SoundRole.Named
            : SoundRole.Unlabelled;
    }
}
