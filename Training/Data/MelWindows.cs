using SoundSearch.Engine.Features;

namespace SoundSearch.Training.Data;

/// <summary>Where the windows of a spectrogram begin, cut as the indexer cuts: half overlapping, the last one ending with the sound.</summary>
public static class MelWindows
{
    /// <summary>Windows of a sound; 1 for one that is no longer than a window.</summary>
    /// <param name="soundFrames">Frames of the sound.</param>
    /// <param name="frames">Frames of a window.</param>
    public static int Count(int soundFrames, int frames) => soundFrames <= frames ? 1 : 1 + (soundFrames - frames + Hop(frames) - 1) / Hop(frames);

    /// <summary>First frame of window 0, 1, ...</summary>
    public static int Start(int soundFrames, int frames, int window) => Math.Max(0, Math.Min(window * Hop(frames), soundFrames - frames));

    /// <summary>All windows of a sound as a tower reads them, [windows, frames, 128].</summary>
    /// <param name="rows">The sound's, of a <see cref="MelStore"/>.</param>
    /// <param name="frames">Frames of a window.</param>
    public static float[] Cut(ReadOnlySpan<Half> rows, int frames)
    {
        int length = rows.Length / LogMel.MelBins, size = frames * LogMel.MelBins;
        float[] windows = new float[Count(length, frames) * size];
        for (int w = 0; w * size < windows.Length; w++)
        {
            MelStore.Features(rows[(Start(length, frames, w) * LogMel.MelBins)..], windows.AsSpan(w * size, size));
        }
        return windows;
    }

    private static int Hop(int frames) => Math.Max(1, frames / 2);
}
