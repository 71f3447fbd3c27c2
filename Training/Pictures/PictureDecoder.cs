using System.Diagnostics;

namespace SoundSearch.Training.Pictures;

/// <summary>
/// Pictures of any kind that ffmpeg reads (PNG; SVG where it was built with librsvg) as squares of RGB: scaled with Lanczos to fit,
/// in the middle, what is transparent and what is beside them white. Colours are multiplied by their opacity before scaling, so that
/// nothing hidden bleeds into edges. One process decodes many pictures.
/// </summary>
/// <param name="side">Rows and columns of the result.</param>
/// <param name="scratch">A folder for links to the files while they are decoded; made, and emptied, as needed.</param>
/// <param name="program">ffmpeg's name or path.</param>
public sealed class PictureDecoder(int side, string scratch, string program = "ffmpeg")
{
    private const int Channels = 4; // what ffmpeg hands over: red, green, blue, opacity

    /// <summary>Bytes of a picture.</summary>
    public int Bytes => side * side * 3;

    /// <summary>Pixels [side, side, 3] of each file; null for those that cannot be read.</summary>
    /// <exception cref="IOException">There is no ffmpeg.</exception>
    public byte[]?[] Decode(IReadOnlyList<string> files)
    {
        byte[]?[] decoded = new byte[files.Count][];
        foreach (IGrouping<string, int> kind in Enumerable.Range(0, files.Count).GroupBy(i => Path.GetExtension(files[i]).ToLowerInvariant()))
        {
            int[] items = [.. kind];
            byte[] all = Run([.. items.Select(i => files[i])], kind.Key);
            bool whole = all.Length == items.Length * side * side * Channels;
            for (int n = 0; n < items.Length; n++)
            {
                // One that cannot be read leaves a gap in the stream, and nobody knows where: then each goes alone.
                byte[] one = whole ? all[(n * side * side * Channels)..((n + 1) * side * side * Channels)] : Run([files[items[n]]], kind.Key);
                decoded[items[n]] = one.Length == side * side * Channels ? OnWhite(one) : null;
            }
        }
        return decoded;
    }

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

    private byte[] Run(string[] files, string extension)
    {
        string folder = Path.Combine(scratch, Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(folder);
        try
        {
            for (int i = 0; i < files.Length; i++)
            {
                File.CreateSymbolicLink(Path.Combine(folder, $"{i:00000}{extension}"), Path.GetFullPath(files[i]));
            }
            return Run(Path.Combine(folder, "%05d" + extension));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private byte[] Run(string pattern)
    {
        string fit = $"format=gbrap,premultiply=inplace=1,scale={side}:{side}:force_original_aspect_ratio=decrease:flags=lanczos,"
            + $"pad={side}:{side}:(ow-iw)/2:(oh-ih)/2:color=black@0,format=rgba";
        var start = new ProcessStartInfo(
            program, ["-nostdin", "-v", "error", "-threads", "1", "-f", "image2", "-start_number", "0", "-i", pattern, "-vf", fit, "-f", "rawvideo", "-fps_mode", "passthrough", "-"])
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
