namespace SoundSearch.Tests.Engine.Audio;

/// <summary>A file for the length of a test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(byte[] contents, string ending)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "soundsearch-" + Guid.NewGuid().ToString("N") + ending);
        System.IO.File.WriteAllBytes(Path, contents);
    }

    public string Path { get; }

    public void Dispose() => System.IO.File.Delete(Path);
}
