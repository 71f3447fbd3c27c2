using System.Runtime.InteropServices;

namespace SoundSearch.Engine.Audio.Opus;

/// <summary>
/// The functions of libopus that we call, when it is installed (libsndfile brings it along). Never linked, so nothing fails without it.
/// A decoder is a block of memory without pointers into itself, which may be copied (the documentation of opus_decoder_init says so):
/// ours are arrays, and a new one is a copy of one made before.
/// </summary>
public sealed unsafe class OpusLibrary
{
    /// <summary>Frames per second of all that is decoded.</summary>
    internal const int Rate = 48_000;

    /// <summary>Frames of the longest packet, 120 ms.</summary>
    internal const int MaxFrames = 5_760;

    private static readonly Lazy<OpusLibrary?> instance = new(Load);

    private readonly delegate* unmanaged[Cdecl]<void*, byte*, int, float*, int, int, int> decode;
    private readonly ulong[] mono, stereo; // decoders at the start of a stream

    private OpusLibrary(nint library)
    {
        var size = (delegate* unmanaged[Cdecl]<int, int>)NativeLibrary.GetExport(library, "opus_decoder_get_size");
        var start = (delegate* unmanaged[Cdecl]<void*, int, int, int>)NativeLibrary.GetExport(library, "opus_decoder_init");
        decode = (delegate* unmanaged[Cdecl]<void*, byte*, int, float*, int, int, int>)NativeLibrary.GetExport(library, "opus_decode_float");
        var version = (delegate* unmanaged[Cdecl]<byte*>)NativeLibrary.GetExport(library, "opus_get_version_string");
        Version = Marshal.PtrToStringUTF8((nint)version()) ?? "libopus";
        (mono, stereo) = (Make(1), Make(2));

        ulong[] Make(int channels)
        {
            ulong[] state = new ulong[(size(channels) + 7) / 8];
            fixed (ulong* memory = state)
            {
                if (start(memory, Rate, channels) != 0)
                    throw new EntryPointNotFoundException("This libopus cannot decode.");
            }
            return state;
        }
    }

    /// <summary>Null when libopus is not installed.</summary>
    public static OpusLibrary? Instance => instance.Value;

    /// <summary>Such as "libopus 1.3.1".</summary>
    public string Version { get; }

    /// <summary>A decoder for one or two channels.</summary>
    internal ulong[] NewDecoder(int channels) => [.. channels == 1 ? mono : stereo];

    /// <summary>Decodes one packet; without bytes, makes up for frames that were lost.</summary>
    /// <returns>Frames, or a negative number when the packet is damaged.</returns>
    internal int Decode(ulong[] decoder, ReadOnlySpan<byte> packet, Span<float> interleaved, int channels)
    {
        fixed (ulong* memory = decoder)
        fixed (byte* bytes = packet)
        fixed (float* samples = interleaved)
            return decode(memory, bytes, packet.Length, samples, interleaved.Length / channels, 0);
    }

    private static OpusLibrary? Load() => HelperLibrary.Load(
        ["opus.dll", "libopus-0.dll", "libopus.dll"],
        ["libopus.0.dylib", "libopus.dylib", "/opt/homebrew/lib/libopus.0.dylib", "/usr/local/lib/libopus.0.dylib"],
        ["libopus.so.0"], library => new OpusLibrary(library));
}
