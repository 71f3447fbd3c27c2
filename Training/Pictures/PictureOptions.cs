namespace SoundSearch.Training.Pictures;

/// <summary>Where pictures come from and which are held out.</summary>
public sealed record PictureOptions
{
    /// <summary>Debian package of Tux Paint's stamps; empty: without them.</summary>
    public string Stamps { get; init; } = "tuxpaint-stamps-default";

    /// <summary>npm packages of emoji drawings, with their versions.</summary>
    public string[] Drawings { get; init; } = ["openmoji@17.0.0", "emoji-datasource-google@16.0.0", "emoji-datasource-twitter@16.0.0"];

    /// <summary>npm package with the emojis' names.</summary>
    public string Names { get; init; } = "emojibase-data@17.0.0";

    /// <summary>Share of things whose pictures are never trained on.</summary>
    public double HeldOutShare { get; init; } = 0.1;

    /// <exception cref="ArgumentException">Nothing to read, or a share that is none.</exception>
    public void Check()
    {
        if (!(HeldOutShare is > 0 and < 1) || (Stamps.Length == 0 && Drawings.Length == 0))
        {
            throw new ArgumentException($"Pictures need a source, and a 'heldOutShare' between 0 and 1; it is {HeldOutShare}.");
        }
    }
}
