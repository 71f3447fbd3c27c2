using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pictures;

/// <summary>The pictures of a recipe, and the sounds that come with some of them: fetched, decoded and stored at first use.</summary>
public static class PictureData
{
    private const string StampFolder = "usr/share/tuxpaint/stamps";

    /// <summary>Opens, or makes, the store of all pictures.</summary>
    /// <param name="options">Sources.</param>
    /// <param name="side">Rows and columns of a picture.</param>
    /// <param name="folder">Gets the store, and the downloads below "packages".</param>
    /// <param name="packages">Packages that are at hand already, or null.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Stops the building, which then begins anew.</param>
    /// <exception cref="IOException">A package cannot be had; ffmpeg is missing.</exception>
    public static PictureStore Open(PictureOptions options, int side, string folder, string? packages, TextWriter? progress, CancellationToken cancellation)
    {
        string path = Path.Combine(folder, $"pictures{side}.pics");
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(folder);
            List<PictureSource> sources = [.. Stamps(options, folder, packages).Pictures];
            string downloads = Path.Combine(folder, "packages");
            string[] places = packages is null ? [downloads] : [downloads, packages];
            if (options.Drawings.Length > 0)
            {
                IReadOnlyDictionary<string, string[]> names = EmojiPictures.Names(NpmPackage.Fetch(options.Names, places), Path.Combine(folder, "unpacked", options.Names.Replace('/', '-')));
                foreach (string drawing in options.Drawings)
                {
                    cancellation.ThrowIfCancellationRequested();
                    IReadOnlyList<PictureSource> found = EmojiPictures.Collect(NpmPackage.Fetch(drawing, places), names, Path.Combine(folder, "unpacked"));
                    progress?.WriteLine($"{drawing}: {found.Count:N0} drawings with a name");
                    sources.AddRange(found);
                }
            }
            var builder = new PictureStoreBuilder(path, side);
            builder.Build(sources, progress, cancellation);
            foreach (IGrouping<string, string> set in builder.Dropped.GroupBy(p => $"{p.Split('/')[0]}, *{Path.GetExtension(p)}"))
            {
                progress?.WriteLine($"{set.Key}: {set.Count():N0} could not be decoded, the first is {set.First()}");
            }
        }
        return PictureStore.Open(path);
    }

    /// <summary>Opens, or makes, the store of the stamps' own sounds; null for a recipe without stamps.</summary>
    /// <inheritdoc cref="Open"/>
    public static MelStore? OpenSounds(PictureOptions options, string folder, string? packages, TextWriter? progress, CancellationToken cancellation) =>
        options.Stamps.Length == 0 ? null
        : MelStoreBuilder.OpenOrBuild(Path.Combine(folder, "stamps.mels"), () => Stamps(options, folder, packages).Sounds, progress, cancellation);

    private static (IReadOnlyList<PictureSource> Pictures, IReadOnlyList<SoundSource> Sounds) Stamps(PictureOptions options, string folder, string? packages)
    {
        if (options.Stamps.Length == 0)
        {
            return ([], []);
        }
        string root = new DebianSounds(folder, packages).Unpack(options.Stamps), stamps = Path.Combine(root, StampFolder);
        return Directory.Exists(stamps)
            ? StampPictures.Collect(stamps, DebianSounds.LicencesIn(root, options.Stamps))
            : throw new IOException($"The package {options.Stamps} has no {StampFolder}: name one of Tux Paint's packages of stamps.");
    }
}
