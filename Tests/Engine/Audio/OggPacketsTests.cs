using SoundSearch.Engine.Audio.Ogg;
using static SoundSearch.Tests.Engine.Audio.OggBytes;

namespace SoundSearch.Tests.Engine.Audio;

internal sealed class OggPacketsTests
{
    private static readonly byte[] a = [1, 2, 3], b = [4], empty = [];

    [Test]
    public void Packets_come_in_order_with_the_place_of_their_page()
    {
        byte[] exact = Counting(255), large = Counting(700);
        using var packets = Packets([.. Page(0, 5, First, a, empty), .. Page(1, 9, Last, exact, large)]);
        Assert.That(Take(packets), Is.EqualTo((a, 1, 5L, false)));
        Assert.That(packets.Serial, Is.EqualTo(7));
        Assert.That(Take(packets), Is.EqualTo((empty, 0, 5L, false)));
        Assert.That(Take(packets), Is.EqualTo((exact, 1, 9L, true)));
        Assert.That(Take(packets), Is.EqualTo((large, 0, 9L, true)));
        Assert.That(packets.Next(out _), Is.False);
        Assert.That(packets.Next(out _), Is.False);
    }

    [Test]
    public void A_packet_may_go_over_three_pages()
    {
        byte[] long1 = Counting(255 + 255 + 20);
        using var packets = Packets(
        [
            .. PageOf(0, 1, First, 7, [3, 255], [.. a, .. long1[..255]]),
            .. PageOf(1, -1, Continued, 7, [255], long1[255..510]),
            .. PageOf(2, 2, Continued, 7, [20, 1], [.. long1[510..], .. b]),
        ]);
        Assert.That(All(packets), Is.EqualTo(new[] { a, long1, b }));
    }

    [Test]
    public void Lost_and_damaged_pages_cost_only_the_packets_that_touch_them()
    {
        byte[] damaged = Page(2, 3, 0, Counting(40));
        damaged[^1] ^= 1;
        byte[] file =
        [
            .. PageOf(0, 1, First, 7, [3, 255], [.. a, .. Counting(255)]), .. "noise OggS between"u8, .. damaged,
            .. PageOf(3, 4, Continued, 7, [9, 1], [.. Counting(9), .. b]), .. Page(4, 5, 0, a),
        ];
        using var packets = Packets(file);
        Assert.That(All(packets), Is.EqualTo(new[] { a, b, a }));
        // Whatever the cut, what is whole before it is kept.
        for (int length = 0; length < file.Length; length++)
        {
            using var cut = Packets(file[..length]);
            Assert.That(All(cut), Has.Count.LessThanOrEqualTo(3));
        }
    }

    [Test]
    public void Pages_of_other_streams_are_passed_over()
    {
        using var packets = Packets([.. Page(0, 0, First, a), .. PageOf(0, 0, First, 8, [1], [99]), .. Page(1, 1, Last, b), .. Page(2, 2, 0, a)]);
        Assert.That(All(packets), Is.EqualTo(new[] { a, b }), "nor is there anything after the last page");
    }

    [Test]
    public void A_packet_that_is_too_long_is_passed_over()
    {
        byte[] huge = Counting(255 * 255);
        using var packets = new OggPackets(
            new MemoryStream([.. Page(0, 0, First, a), .. PageOf(1, -1, 0, 7, [.. Enumerable.Repeat((byte)255, 255)], huge), .. PageOf(2, 1, Continued, 7, [255, 0, 1], [.. Counting(255), .. b])]),
            maxPacketBytes: 65_100);
        Assert.That(All(packets), Is.EqualTo(new[] { a, b }));
    }

    private static OggPackets Packets(byte[] file) => new(new MemoryStream(file), 1 << 16);

    private static byte[] Counting(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 7))];

    private static (byte[] Packet, int Left, long Granule, bool OnLast) Take(OggPackets packets)
    {
        Assert.That(packets.Next(out ReadOnlySpan<byte> packet));
        return (packet.ToArray(), packets.LeftOnPage, packets.Granule, packets.OnLastPage);
    }

    private static List<byte[]> All(OggPackets packets)
    {
        List<byte[]> all = [];
        while (packets.Next(out ReadOnlySpan<byte> packet))
            all.Add(packet.ToArray());
        return all;
    }
}
