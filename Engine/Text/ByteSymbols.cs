namespace SoundSearch.Engine.Text;

/// <summary>
/// GPT-2's printable names of the 256 bytes, as CLIP's vocabulary files use them: printable Latin-1 bytes stand for themselves,
/// the other 68 for U+0100 onwards. The order is that of the vocabulary: symbol i is byte <see cref="ByteOf"/>[i], symbol 256 + i
/// the same byte at the end of a word.
/// </summary>
public static class ByteSymbols
{
    /// <summary>Bytes, and so symbols of one byte within a word.</summary>
    public const int Count = 256;

    /// <summary>The mark of a word's end, part of the last symbol's name.</summary>
    public const string EndOfWord = "</w>";

    private static readonly byte[] order = MakeOrder();
    private static readonly char[] names = MakeNames(order);
    private static readonly byte[] idOf = MakeInverse(order);

    /// <summary>The byte of symbol 0..255.</summary>
    public static ReadOnlySpan<byte> ByteOf => order;

    /// <summary>The symbol 0..255 of a byte within a word; add 256 for the last byte of a word.</summary>
    public static ReadOnlySpan<byte> IdOf => idOf;

    /// <summary>The printable name of symbol 0..255.</summary>
    public static ReadOnlySpan<char> Names => names;

    /// <summary>The byte that a printable name stands for, or -1.</summary>
    public static int ByteOfName(char name) => name switch
    {
        >= '!' and <= '~' or >= '\u00A1' and <= '\u00AC' or >= '\u00AE' and <= '\u00FF' => name,
        >= '\u0100' and < (char)(0x100 + UnprintableCount) => order[name - 0x100 + Count - UnprintableCount],
        _ => -1,
    };

    private const int UnprintableCount = 33 + 34 + 1; // 00..20, 7F..A0, AD

    private static byte[] MakeOrder() =>
        [.. Range(0x21, 0x7E), .. Range(0xA1, 0xAC), .. Range(0xAE, 0xFF), .. Range(0, 0x20), .. Range(0x7F, 0xA0), 0xAD];

    private static IEnumerable<byte> Range(int first, int last) => Enumerable.Range(first, last - first + 1).Select(b => (byte)b);

    private static char[] MakeNames(byte[] order)
    {
        char[] names = new char[Count];
        for (int i = 0; i < Count; i++)
        {
            names[i] = i < Count - UnprintableCount ? (char)order[i] : (char)(0x100 + i - (Count - UnprintableCount));
        }
        return names;
    }

    private static byte[] MakeInverse(byte[] order)
    {
        byte[] inverse = new byte[Count];
        for (int i = 0; i < Count; i++)
        {
            inverse[order[i]] = (byte)i;
        }
        return inverse;
    }
}
