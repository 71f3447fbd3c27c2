using SoundSearch.Engine.Models;
using SoundSearch.Training.Pictures;

namespace SoundSearch.Training.Videos;

/// <summary>The frames of videos through the frozen image tower.</summary>
internal static class VideoFrames
{
    /// <summary>Unit vectors [frames, embedding] of each video; a picture that several have is computed once.</summary>
    public static float[][] Vectors(VideoWorld world, IReadOnlyList<Video> videos, AudioTower pivot)
    {
        int width = pivot.Shape.Embedding;
        int[] pictures = [.. videos.SelectMany(v => v.Pictures).Distinct().Order()];
        float[] vectors = PictureVectors.Of(pivot, world.Store, pictures);
        return [.. videos.Select(v => v.Pictures.SelectMany(p => vectors.AsSpan(Array.BinarySearch(pictures, p) * width, width).ToArray()).ToArray())];
    }
}
