namespace SoundSearch.Training.Data;

/// <summary>Where a <see cref="MelStoreBuilder"/> stands.</summary>
/// <param name="Done">Sources looked at, those of earlier runs included.</param>
/// <param name="Total">Sources.</param>
/// <param name="Kept">Sounds in the store.</param>
/// <param name="AudioSeconds">Their length.</param>
/// <param name="Left">Expected time to the end.</param>
public sealed record BuildProgress(int Done, int Total, int Kept, double AudioSeconds, TimeSpan Left)
{
    /// <summary>One line for people.</summary>
    public override string ToString() =>
        $"{Done} of {Total} files, {Kept} kept, {AudioSeconds / 3600:0.00} h of sound, {Left:h\\:mm\\:ss} left";
}
