using SoundSearch.Engine.Formats;

namespace SoundSearch.Indexer.Freesound;

/// <summary>Lines of a file as bytes, none longer than a limit, so that a file without line ends does not fill the memory.</summary>
internal sealed class LineReader(Stream stream, string path, int maxLine)
{
    private byte[] buffer = new byte[1 << 16];
    private int start, end;
    private bool ended;

    /// <summary>Lines read so far.</summary>
    public long Number { get; private set; }

    /// <summary>The next line without its end, valid until the next call; false at the end.</summary>
    /// <exception cref="FileFormatException">The line is longer than the limit.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        int searched = start;
        while (true)
        {
            int at = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (at >= 0 || (ended && end > start))
            {
                int stop = at >= 0 ? searched + at : end;
                line = buffer.AsMemory(start, stop - start);
                start = at >= 0 ? stop + 1 : end;
                Number++;
                if (line.Length > 0 && line.Span[^1] == (byte)'\r')
                {
                    line = line[..^1];
                }
                return true;
            }
            if (ended)
            {
                line = default;
                return false;
            }
            searched = end;
            Fill(ref searched);
        }
    }

    private void Fill(ref int searched)
    {
        if (end - start > maxLine)
        {
            throw new FileFormatException(path, stream.Position, $"lines of at most {maxLine} bytes", $"a longer one (line {Number + 1})", "Write one sound per line.");
        }
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (searched, end, start) = (searched - start, end - start, 0);
        }
        if (end == buffer.Length)
        {
            Array.Resize(ref buffer, 2 * buffer.Length);
        }
        int read = stream.Read(buffer, end, buffer.Length - end);
        ended = read == 0;
        end += read;
    }
}
