using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Text;

/// <summary>Cuts a merges file to those merges that a model uses.</summary>
public static class ClipMerges
{
    /// <summary>The first so many merges of a file, plain or gzip, as a plain file that <see cref="ClipTokenizer.Load"/> reads.</summary>
    /// <exception cref="FileFormatException">There are fewer, or it is no merges file.</exception>
    public static byte[] Take(string path, int count)
    {
        MergesFile file = MergesFile.Read(path, count);
        var result = new StringBuilder("#version: 0.2\n");
        for (int i = 0; i < count; i++)
        {
            result.Append(file.Left(i)).Append(' ').Append(file.Right(i)).Append('\n');
        }
        return Encoding.UTF8.GetBytes(result.ToString());
    }
}
