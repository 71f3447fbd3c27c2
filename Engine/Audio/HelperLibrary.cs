using System.Runtime.InteropServices;

namespace SoundSearch.Engine.Audio;

/// <summary>Finds a native helper by the names it has on this system.</summary>
internal static class HelperLibrary
{
    /// <summary>The first that loads and has all functions that are asked of it; null where there is none.</summary>
    /// <param name="windows">Names to try there.</param>
    /// <param name="macOs">Likewise; Homebrew's folders are not searched by name.</param>
    /// <param name="linux">Likewise.</param>
    /// <param name="create">Binds the functions; an <see cref="EntryPointNotFoundException"/> means that it is something else of that name.</param>
    public static T? Load<T>(string[] windows, string[] macOs, string[] linux, Func<nint, T> create)
        where T : class
    {
        foreach (string name in OperatingSystem.IsWindows() ? windows : OperatingSystem.IsMacOS() ? macOs : linux)
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
            {
                continue;
            }
            try
            {
                return create(library);
            }
            catch (EntryPointNotFoundException)
            {
                NativeLibrary.Free(library);
            }
        }
        return null;
    }
}
