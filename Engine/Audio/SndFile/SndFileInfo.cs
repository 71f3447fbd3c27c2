using System.Runtime.InteropServices;

namespace SoundSearch.Engine.Audio.SndFile;

/// <summary>libsndfile's SF_INFO.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SndFileInfo
{
    public long Frames;
    public int SampleRate;
    public int Channels;
    public int Format;
    public int Sections;
    public int Seekable;
}
