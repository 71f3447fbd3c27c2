using System.Runtime.InteropServices;

namespace SoundSearch.Engine.Audio.SndFile;

/// <summary>The functions of libsndfile that we call, when it is installed. Never linked, so nothing fails without it.</summary>
public sealed unsafe class SndFileLibrary
{
    private const int ReadMode = 0x10;

    private static readonly Lazy<SndFileLibrary?> instance = new(Load);

    private readonly delegate* unmanaged[Cdecl]<void*, int, SndFileInfo*, nint> open;
    private readonly delegate* unmanaged[Cdecl]<nint, float*, long, long> readFrames;
    private readonly delegate* unmanaged[Cdecl]<nint, int> close;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*> error;
    private readonly delegate* unmanaged[Cdecl]<nint, int, byte*> getString;
    private readonly bool wide;

    private SndFileLibrary(nint library)
    {
        // Windows' narrow paths depend on the code page.
        wide = OperatingSystem.IsWindows();
        open = (delegate* unmanaged[Cdecl]<void*, int, SndFileInfo*, nint>)NativeLibrary.GetExport(library, wide ? "sf_wchar_open" : "sf_open");
        readFrames = (delegate* unmanaged[Cdecl]<nint, float*, long, long>)NativeLibrary.GetExport(library, "sf_readf_float");
        close = (delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(library, "sf_close");
        error = (delegate* unmanaged[Cdecl]<nint, byte*>)NativeLibrary.GetExport(library, "sf_strerror");
        getString = (delegate* unmanaged[Cdecl]<nint, int, byte*>)NativeLibrary.GetExport(library, "sf_get_string");
        var version = (delegate* unmanaged[Cdecl]<byte*>)NativeLibrary.GetExport(library, "sf_version_string");
        Version = Text(version()) ?? "libsndfile";
    }

    /// <summary>Null when libsndfile is not installed.</summary>
    public static SndFileLibrary? Instance => instance.Value;

    /// <summary>Such as "libsndfile-1.2.0".</summary>
    public string Version { get; }

    /// <summary>A handle, or 0.</summary>
    internal nint Open(string path, out SndFileInfo info)
    {
        // "-" would be standard input, and a full path never is.
        path = Path.GetFullPath(path);
        SndFileInfo result = default;
        nint handle;
        if (wide)
        {
            fixed (char* name = path)
                handle = open(name, ReadMode, &result);
        }
        else
        {
            nint name = Marshal.StringToCoTaskMemUTF8(path);
            handle = open((void*)name, ReadMode, &result);
            Marshal.FreeCoTaskMem(name);
        }
        info = result;
        return handle;
    }

    /// <summary>Frames read, each of the file's channels.</summary>
    internal long Read(nint handle, Span<float> interleaved, int channels)
    {
        fixed (float* samples = interleaved)
            return readFrames(handle, samples, interleaved.Length / channels);
    }

    internal void Close(nint handle) => _ = close(handle);

    /// <summary>Why the last call failed; for handle 0 why the last opening did.</summary>
    internal string Error(nint handle) => Text(error(handle)) ?? "unknown error";

    internal string? String(nint handle, int kind) => Text(getString(handle, kind));

    private static string? Text(byte* text) => text is null ? null : Marshal.PtrToStringUTF8((nint)text);

    private static SndFileLibrary? Load() => HelperLibrary.Load(
        ["sndfile.dll", "libsndfile-1.dll"],
        ["libsndfile.dylib", "libsndfile.1.dylib", "/opt/homebrew/lib/libsndfile.dylib", "/usr/local/lib/libsndfile.dylib"],
        ["libsndfile.so.1"], library => new SndFileLibrary(library));
}
