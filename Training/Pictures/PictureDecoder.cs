using System.Diagnostics;
using System.Globalization;

namespace SoundSearch.Training.Pictures;

/// <summary>
/// Pictures of any kind that ffmpeg reads (PNG; SVG where it was built with librsvg) and frames of videos as squares of RGB: scaled with
/// Lanczos, what is transparent white. Colours are multiplied by their opacity before scaling, so that nothing hidden bleeds into edges.
/// One process decodes many pictures, or all frames of a video that are equally spaced.
/// </summary>
/// <param name="side">Rows and columns of the result.</param>
/// <param name="scratch">A folder for links to the files while they are decoded; made, and emptied, as needed.</param>
/// <param name="program">ffmpeg's name or path.</param>
/// <param name="fit">How a picture becomes a square.</param>
public sealed class PictureDecoder(int side, string scratch, string program = "ffmpeg", PictureFit fit = PictureFit.Pad)
{
    private const int Channels = 4; // what ffmpeg hands over: red, green, blue, opacity
    private const double SameTime = 0.002; // s; times are rounded

    /// <summary>Bytes of a picture.</summary>
    public int Bytes => side * side * 3;

    /// <summary>Pixels [side, side, 3] of each source; null for those that cannot be read.</summary>
    /// <exception cref="IOException">There is no ffmpeg.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public byte[]?[] Decode(IReadOnlyList<PictureSource> sources, CancellationToken cancel = default)
    {
        byte[]?[] decoded = new byte[sources.Count][];
        foreach (IGrouping<string, int> video in Enumerable.Range(0, sources.Count).Where(i => sources[i].At is not null).GroupBy(i => sources[i].File))
        {
            cancel.ThrowIfCancellationRequested();
            int[] items = [.. video];
            byte[]?[] frames = Frames(video.Key, [.. items.Select(i => sources[i].At!.Value)]);
            for (int n = 0; n < items.Length; n++)
            {
                decoded[items[n]] = frames[n];
            }
        }
        foreach (IGrouping<string, int> kind in Enumerable.Range(0, sources.Count).Where(i => sources[i].At is null).GroupBy(i => Path.GetExtension(sources[i].File).ToLowerInvariant()))
        {
            cancel.ThrowIfCancellationRequested();
            int[] items = [.. kind];
            byte[] all = Together([.. items.Select(i => sources[i].File)], kind.Key);
            bool whole = all.Length == items.Length * side * side * Channels;
            for (int n = 0; n < items.Length; n++)
            {
                // One that cannot be read leaves a gap in the stream, and nobody knows where: then each goes alone.
                decoded[items[n]] = Picture(whole ? all[(n * side * side * Channels)..((n + 1) * side * side * Channels)] : Together([sources[items[n]].File], kind.Key));
            }
        }
        return decoded;
    }

    /// <summary>The last frame before each of these seconds; null behind the end.</summary>
    private byte[]?[] Frames(string video, double[] seconds)
    {
        double step = seconds.Length > 1 ? (seconds[^1] - seconds[0]) / (seconds.Length - 1) : 0;
        if (seconds.Length > 1 && (step <= 0 || Enumerable.Range(0, seconds.Length).Any(n => Math.Abs(seconds[0] + n * step - seconds[n]) > SameTime)))
        {
            return [.. seconds.SelectMany(s => Frames(video, [s]))];
        }
        static string Text(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);
        // ffmpeg's filter fps gives each frame to the nearest of its steps and keeps the last: the one before the middle between two.
        byte[] all = seconds.Length == 1
            ? Run(["-ss", Text(seconds[0]), .. Input(video), "-frames:v", "1"])
            : Run(["-ss", Text(Math.Max(0, seconds[0] - step / 2)), .. Input(video), "-frames:v", Text(seconds.Length)], $"fps=fps={Text(1 / step)}:start_time=0,");
        int size = side * side * Channels;
        return [.. Enumerable.Range(0, seconds.Length).Select(n => all.Length >= (n + 1) * size ? OnWhite(all[(n * size)..((n + 1) * size)]) : null)];
        static string[] Input(string video) => ["-i", "file:" + Path.GetFullPath(video), "-map", "0:v:0"];
    }

    private byte[]? Picture(byte[] pixels) => pixels.Length == side * side * Channels ? OnWhite(pixels) : null;

    // Colours are multiplied by the opacity already. Lanczos may leave them a little above it, hence the limit.
    private byte[] OnWhite(byte[] pixels)
    {
        byte[] result = new byte[Bytes];
        for (int p = 0; p < side * side; p++)
        {
            int white = 255 - pixels[p * Channels + 3];
            for (int c = 0; c < 3; c++)
            {
                result[p * 3 + c] = (byte)Math.Min(255, pixels[p * Channels + c] + white);
            }
        }
        return result;
    }

    private byte[] Together(string[] files, string extension)
    {
        string folder = Path.Combine(scratch, Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(folder);
        try
        {
            for (int i = 0; i < files.Length; i++)
            {
                File.CreateSymbolicLink(Path.Combine(folder, $"{i:00000}{extension}"), Path.GetFullPath(files[i]));
            }
            return Run(["-f", "image2", "-start_number", "0", "-i", Path.Combine(folder, "%05d" + extension)]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private byte[] Run(string[] input, string first = "")
    {
        string scale = fit == PictureFit.Pad
            ? $"scale={side}:{side}:force_original_aspect_ratio=decrease:flags=lanczos,pad={side}:{side}:(ow-iw)/2:(oh-ih)/2:color=black@0"
            : $"scale={side}:{side}:force_original_aspect_ratio=increase:flags=lanczos,crop={side}:{side}";
        var start = new ProcessStartInfo(
            program,
            [
                "-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "file,pipe", .. input,
                "-vf", $"{first}format=gbrap,premultiply=inplace=1,{scale},format=rgba", "-f", "rawvideo", "-fps_mode", "passthrough", "-",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start) ?? throw new IOException($"{program} did not start.");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"Pictures are read with {program}, which is not on this machine: install ffmpeg.", e);
        }
        using (process)
        {
            process.ErrorDataReceived += (_, _) => { }; // what it cannot read is counted by the caller
            process.BeginErrorReadLine();
            using var output = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(output);
            process.WaitForExit();
            return output.ToArray();
        }
    }
}
