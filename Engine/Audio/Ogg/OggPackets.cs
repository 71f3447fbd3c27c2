namespace SoundSearch.Engine.Audio.Ogg;

/// <summary>The packets of the stream that an Ogg file begins with; pages of other streams are passed over, and so are packets that are not whole.</summary>
internal sealed class OggPackets : IDisposable
{
    private readonly OggPages pages;
    private readonly byte[] pending; // a packet that is spread over pages
    private int pendingLength;
    private bool dropping; // until the next packet begins
    private OggPage page;
    private int segment, offset;
    private bool started;

    /// <param name="stream">Read from where it stands; stays the caller's.</param>
    /// <param name="maxPacketBytes">Longer ones are passed over.</param>
    public OggPackets(Stream stream, int maxPacketBytes)
    {
        pages = new OggPages(stream);
        pending = new byte[maxPacketBytes];
    }

    /// <summary>Number of the stream, known after the first packet.</summary>
    public uint Serial => page.Serial;

    /// <summary>Packets still to come that end on the page where the last one ended.</summary>
    public int LeftOnPage { get; private set; }

    /// <summary>Granule position of that page.</summary>
    public long Granule => page.Granule;

    /// <summary>Whether that page is the stream's last.</summary>
    public bool OnLastPage => page.Last;

    /// <summary>The next packet, valid until the next call. False at the end.</summary>
    public bool Next(out ReadOnlySpan<byte> packet)
    {
        while (true)
        {
            ReadOnlySpan<byte> lacing = page.Lacing.Span;
            while (segment < lacing.Length)
            {
                int length = 0;
                bool whole = false;
                while (segment < lacing.Length && !whole)
                {
                    length += lacing[segment];
                    whole = lacing[segment++] < 255;
                }
                packet = page.Contents.Span.Slice(offset, length);
                offset += length;
                LeftOnPage -= whole ? 1 : 0;
                if ((!whole || pendingLength > 0) && !dropping)
                {
                    Keep(ref packet);
                }
                bool found = whole && !dropping;
                if (whole)
                {
                    (pendingLength, dropping) = (0, false);
                }
                if (found)
                    return true;
            }
            if (!NextPage())
            {
                packet = default;
                return false;
            }
        }
    }

    public void Dispose() => pages.Dispose();

    /// <summary>Adds a part to the packet that earlier pages began, and gives what there is of it.</summary>
    private void Keep(ref ReadOnlySpan<byte> part)
    {
        if (part.Length > pending.Length - pendingLength)
        {
            dropping = true;
            return;
        }
        part.CopyTo(pending.AsSpan(pendingLength));
        pendingLength += part.Length;
        part = pending.AsSpan(0, pendingLength);
    }

    private bool NextPage()
    {
        (OggPage before, bool any) = (page, started);
        if (before.Last)
            return false;
        do
        {
            if (!pages.Next(out page))
            {
                page = before with { Lacing = default, Contents = default, Last = true };
                return false;
            }
        }
        while (any && page.Serial != before.Serial);
        started = true;
        // The end of a packet whose start is lost is worth nothing, and neither is a start whose end is.
        bool follows = any && page.Sequence == before.Sequence + 1;
        if (!page.Continued || !follows)
        {
            pendingLength = 0;
        }
        dropping = page.Continued && (dropping || pendingLength == 0);
        (segment, offset, LeftOnPage) = (0, 0, page.Lacing.Span.Length - page.Lacing.Span.Count((byte)255));
        return true;
    }
}
