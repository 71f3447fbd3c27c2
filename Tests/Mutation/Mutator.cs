using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SoundSearch.Tests.Mutation;

/// <summary>Damages files in the ways that find faults in readers. The same seed does the same damage.</summary>
internal sealed class Mutator(int seed)
{
    /// <summary>Where readers go wrong: ends of the number types, powers of two, usual limits, and their neighbours.</summary>
    private static readonly long[] boundaries =
    [
        0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 65, 127, 128, 255, 256, 1023, 1024, 4095, 4096, 32767, 32768, 65534, 65535, 65536, 1 << 24,
        0x7FFFF000, int.MaxValue - 7, int.MaxValue, 0x80000000, uint.MaxValue - 15, uint.MaxValue - 1, uint.MaxValue, 1L << 32, 1L << 40,
        long.MaxValue - 7, long.MaxValue, long.MinValue, int.MinValue, -1, -2, -8, -65536,
    ];

    private static readonly string[] texts =
    [
        "", "0", "-0", "-1", "1e999", "-1e999", "1e-999", "0.5", "NaN", "Infinity", "99999999999999999999999", "2147483648", "null", "true", "{}", "[]", "\"\"", "\"",
        ",", ":", "\n", "\r\n", "\r", "\0", "\\u0000", "\\ud800", "\\", "..", "../../x", "/", "\u00EF\u00BB\u00BF", "\u00FF\u00FE", "\u00C0\u0080", "\u00ED\u00A0\u0080", "#version", "\t", " ",
        new string('[', 200), new string('{', 70), new string('A', 5000), new string('9', 400), string.Concat(Enumerable.Repeat("{\"a\":", 100)),
    ];

    public Random Random { get; } = new(seed);

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int times) => Random.Next(times) == 0;

    public T Pick<T>(IReadOnlyList<T> list) => list[Random.Next(list.Count)];

    /// <summary>A number in place of another: near it, or one of the boundaries.</summary>
    public long Number(long original) => Random.Next(8) switch
    {
        0 => unchecked(original + 1),
        1 => unchecked(original - 1),
        2 => unchecked(original * 2),
        3 => unchecked(-original),
        4 => unchecked(original + Random.Next(-70, 70)),
        _ => Pick(boundaries),
    };

    /// <summary>One to four changes of bytes, blocks and lengths, anywhere.</summary>
    public byte[] Bytes(byte[] original)
    {
        byte[] bytes = [.. original];
        for (int changes = Random.Next(1, 5); changes > 0; changes--)
        {
            bytes = Change(bytes);
        }
        return bytes;
    }

    /// <summary>One to four changes of numbers, words and punctuation in a text of any encoding that keeps ASCII.</summary>
    public byte[] Text(byte[] original)
    {
        if (OneIn(4))
        {
            return Bytes(original);
        }
        string text = Encoding.Latin1.GetString(original);
        for (int changes = Random.Next(1, 5); changes > 0; changes--)
        {
            (int start, int end) = Token(text);
            string token = text[start..end];
            string instead = Random.Next(7) switch
            {
                0 or 1 => long.TryParse(token, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? Number(number).ToString(CultureInfo.InvariantCulture) : Pick(texts),
                2 => Pick(texts),
                3 => token + Pick(texts),
                4 => token + token,
                5 => "",
                _ => Another(text),
            };
            text = string.Concat(text.AsSpan(0, start), instead, text.AsSpan(end));
        }
        return Encoding.Latin1.GetBytes(text);
    }

    /// <summary>Chunks, records or entries dropped, doubled, exchanged, moved or damaged themselves.</summary>
    public List<byte[]> Parts(IReadOnlyList<byte[]> original)
    {
        List<byte[]> parts = [.. original];
        for (int changes = Random.Next(1, 4); changes > 0 && parts.Count > 0; changes--)
        {
            int at = Random.Next(parts.Count), other = Random.Next(parts.Count);
            switch (Random.Next(5))
            {
                case 0: parts.RemoveAt(at); break;
                case 1: parts.Insert(other, parts[at]); break;
                case 2: (parts[at], parts[other]) = (parts[other], parts[at]); break;
                case 3: parts.InsertRange(at, Enumerable.Repeat(parts[other], Random.Next(2, 40))); break;
                default: parts[at] = Bytes(parts[at]); break;
            }
        }
        return parts;
    }

    /// <summary>Writes a number in place of the one at an offset.</summary>
    public void Number(Span<byte> bytes, int size, bool bigEndian)
    {
        Span<byte> wide = stackalloc byte[8];
        wide.Clear();
        if (bigEndian)
        {
            bytes[..size].CopyTo(wide[(8 - size)..]);
            BinaryPrimitives.WriteInt64BigEndian(wide, Number(BinaryPrimitives.ReadInt64BigEndian(wide)));
            wide[(8 - size)..].CopyTo(bytes);
        }
        else
        {
            bytes[..size].CopyTo(wide);
            BinaryPrimitives.WriteInt64LittleEndian(wide, Number(BinaryPrimitives.ReadInt64LittleEndian(wide)));
            wide[..size].CopyTo(bytes);
        }
    }

    private byte[] Change(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return [(byte)Random.Next(256)];
        }
        int at = Random.Next(bytes.Length), left = bytes.Length - at;
        // Mostly small blocks: large ones leave little of the file to be read.
        int length = Math.Min(left, OneIn(8) ? Random.Next(1, bytes.Length + 1) : Random.Next(1, 17));
        switch (Random.Next(14))
        {
            case 0 or 1 or 2:
                bytes[at] ^= (byte)(1 << Random.Next(8));
                return bytes;
            case 3 or 4:
                bytes[at] = (byte)Random.Next(256);
                return bytes;
            case 5:
                bytes[at] = Pick<byte>([0, 1, 0x7F, 0x80, 0xFF, (byte)' ']);
                return bytes;
            case 6 or 7:
                int size = Pick([2, 4, 8]);
                if (left >= size)
                {
                    Number(bytes.AsSpan(at), size, OneIn(2));
                }
                return bytes;
            case 8:
                return OneIn(3) ? bytes[..at] : bytes;
            case 9:
                byte[] more = new byte[OneIn(6) ? bytes.Length : Random.Next(1, 65)];
                if (OneIn(2))
                {
                    Random.NextBytes(more);
                }
                return [.. bytes, .. more];
            case 10:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 11:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 12:
                bytes.AsSpan(at, length).Fill(bytes[at]);
                return bytes;
            default: // a block over another one
                bytes.AsSpan(at, length).ToArray().CopyTo(bytes.AsSpan(Random.Next(bytes.Length - length + 1)));
                return bytes;
        }
    }

    // A word or number, or a single other character.
    private (int Start, int End) Token(string text)
    {
        if (text.Length == 0)
        {
            return (0, 0);
        }
        int start = Random.Next(text.Length), end = start + 1;
        if (IsWord(text[start]))
        {
            while (start > 0 && IsWord(text[start - 1]))
            {
                start--;
            }
            while (end < text.Length && IsWord(text[end]))
            {
                end++;
            }
        }
        return (start, end);
    }

    private string Another(string text)
    {
        (int start, int end) = Token(text);
        return text[start..end];
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_';
}
