using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using SoundSearch.Engine.Audio.Wav;

namespace SoundSearch.Engine.Audio.Ffmpeg;

/// <summary>
/// The first sound track of a file, decoded by an ffmpeg process that writes float WAV to a pipe. The process gets its arguments as a list,
/// may open only local files, and ends with the reader.
/// </summary>
public sealed class FfmpegReader : IAudioReader
{
    private const int MaxErrors = 4096;

    private readonly string path;
    private readonly Process process;
    private readonly Stream pipe;
    private readonly StringBuilder errors = new();
    private readonly byte[] block;
    private bool any;

    private FfmpegReader(string program, string path)
    {
        this.path = path;
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (string argument in (string[])
            [
                "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file,pipe",
                // "file:" keeps a name with a colon from being taken for a protocol.
                "-i", "file:" + Path.GetFullPath(path),
                "-map", "0:a:0", "-map_metadata", "-1", "-bitexact", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1",
            ])
        {
            start.ArgumentList.Add(argument);
        }
        process = Process.Start(start) ?? throw new AudioDecodeException(path, $"{program} did not start.", "Check that it is a program.");
        try
        {
            process.ErrorDataReceived += (_, line) =>
            {
                lock (errors)
                {
                    if (line.Data is { Length: > 0 } text && errors.Length < MaxErrors)
                        errors.Append(errors.Length > 0 ? "; " : "").Append(text.AsSpan(0, Math.Min(text.Length, 1000)));
                }
            };
            process.BeginErrorReadLine();
            pipe = process.StandardOutput.BaseStream;
            WavFormat format = ReadHeader();
            SampleRate = (int)format.SampleRate;
            Channels = format.Channels;
            block = new byte[Math.Max(1, (1 << 16) / (4 * Channels)) * 4 * Channels];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int SampleRate { get; }

    public int Channels { get; }

    /// <summary>Unknown before the end.</summary>
    public long? Frames => null;

    internal int ProcessId => process.Id;

    /// <summary>Starts decoding.</summary>
    /// <exception cref="AudioDecodeException">ffmpeg finds no sound in the file; its words are in the message.</exception>
    public static FfmpegReader Open(string program, string path)
    {
        try
        {
            return new(program, path);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new AudioDecodeException(path, $"{program} cannot be run: {e.Message}.", "Install ffmpeg (Debian: apt install ffmpeg).", "ffmpeg", e);
        }
    }

    /// <summary>The ffmpeg of $PATH, or null. Never one from the current folder.</summary>
    public static string? FindProgram()
    {
        string name = OperatingSystem.IsWindows() ? "ffmpeg.exe" : "ffmpeg";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    public int Read(Span<float> interleaved)
    {
        if (interleaved.Length < Channels)
            throw new ArgumentException($"A frame has {Channels} samples, the buffer {interleaved.Length}.", nameof(interleaved));
        int written = 0, frameBytes = 4 * Channels;
        while (interleaved.Length - written >= Channels)
        {
            int wanted = Math.Min(block.Length, (interleaved.Length - written) / Channels * frameBytes);
            int whole = pipe.ReadAtLeast(block.AsSpan(0, wanted), wanted, throwOnEndOfStream: false) / frameBytes;
            for (int i = 0; i < whole * Channels; i++)
                interleaved[written + i] = BinaryPrimitives.ReadSingleLittleEndian(block.AsSpan(4 * i));
            written += whole * Channels;
            if (whole * frameBytes < wanted)
                break;
        }
        any |= written > 0;
        // Of a damaged file what could be decoded counts, as long as it is something.
        if (!any && Failed())
            throw Refusal();
        return written;
    }

    public void Dispose()
    {
        try
        {
            if (!process.HasExited)
                process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended by itself in between.
        }
        process.Dispose();
    }

    /// <summary>Reads the pipe up to the samples. ffmpeg cannot go back in a pipe, so the sizes of RIFF and data mean nothing.</summary>
    private WavFormat ReadHeader()
    {
        Span<byte> head = stackalloc byte[12];
        if (pipe.ReadAtLeast(head, 12, throwOnEndOfStream: false) < 12)
        {
            process.WaitForExit(); // and for the last of its words
            throw Refusal();
        }
        WavFormat? format = null;
        while (pipe.ReadAtLeast(head[..8], 8, throwOnEndOfStream: false) == 8)
        {
            if (head[..4].SequenceEqual("data"u8) && format is { Tag: 3, Channels: > 0, SampleRate: >= AudioFile.MinSampleRate and <= AudioFile.MaxSampleRate } known)
                return known;
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (size > 1 << 16)
                break;
            byte[] contents = new byte[size + (size & 1)];
            pipe.ReadAtLeast(contents, contents.Length, throwOnEndOfStream: false);
            if (head[..4].SequenceEqual("fmt "u8))
                format = WavFormat.Parse(contents);
        }
        throw Refusal();
    }

    private bool Failed()
    {
        process.WaitForExit();
        return process.ExitCode != 0;
    }

    private AudioDecodeException Refusal()
    {
        lock (errors)
        {
            return new(path, $"ffmpeg cannot decode it: {(errors.Length > 0 ? errors.ToString() : "no reason given")}.", "Check that it is a sound and not damaged.");
        }
    }
}
