using System.Diagnostics;
using System.Globalization;
using SoundSearch.Tests.Training.Pictures;

namespace SoundSearch.Tests.Training.Clips;

/// <summary>Videos made by ffmpeg: a colour and a tone for each part.</summary>
internal static class TestVideos
{
    public const int Width = 48, Height = 32;

    /// <summary>Writes a video of parts that follow each other, without loss.</summary>
    /// <param name="path">Ends with .mkv.</param>
    /// <param name="parts">Seconds, colour ("red", "0x102030") and Hz.</param>
    public static void Write(string path, params (double Seconds, string Colour, double Hertz)[] parts)
    {
        TestPictures.RequireFfmpeg();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        List<string> inputs = [];
        foreach ((double seconds, string colour, double hertz) in parts)
        {
            string duration = seconds.ToString(CultureInfo.InvariantCulture), frequency = hertz.ToString(CultureInfo.InvariantCulture);
            inputs.AddRange(["-f", "lavfi", "-i", $"color={colour}:s={Width}x{Height}:r=20:d={duration}", "-f", "lavfi", "-i", $"sine={frequency}:r=32000:d={duration}"]);
        }
        string joined = string.Concat(Enumerable.Range(0, parts.Length).Select(i => $"[{2 * i}:v][{2 * i + 1}:a]")) + $"concat=n={parts.Length}:v=1:a=1[v][a]";
        Run(["-y", .. inputs, "-filter_complex", joined, "-map", "[v]", "-map", "[a]", "-c:v", "ffv1", "-pix_fmt", "bgr0", "-c:a", "pcm_s16le", path]);
    }

    /// <summary>A picture of one colour, 4 x 4.</summary>
    public static void Picture(string path, string colour)
    {
        TestPictures.RequireFfmpeg();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Run(["-y", "-f", "lavfi", "-i", $"color={colour}:s=4x4:d=1", "-frames:v", "1", "-update", "1", path]);
    }

    private static void Run(string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("ffmpeg", ["-nostdin", "-v", "error", .. arguments]) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, errors);
    }
}
