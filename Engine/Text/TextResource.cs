namespace SoundSearch.Engine.Text;

/// <summary>Tables of text embedded in the assembly; lines that begin with # are remarks.</summary>
internal static class TextResource
{
    public static IEnumerable<string> Lines(string name)
    {
        using Stream stream = typeof(TextResource).Assembly.GetManifestResourceStream("SoundSearch.Engine.Text." + name)
            ?? throw new InvalidOperationException($"The assembly was built without its table {name}.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is string line)
        {
            if (!line.StartsWith('#'))
            {
                yield return line;
            }
        }
    }
}
