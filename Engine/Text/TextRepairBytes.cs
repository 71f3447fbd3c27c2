namespace SoundSearch.Engine.Text;

/// <summary>Repairs of bytes that would be UTF-8 but for a byte that some program has changed.</summary>
internal static class TextRepairBytes
{
    private static readonly byte[][] grave = ["quele"u8.ToArray(), "quela"u8.ToArray(), "quilo"u8.ToArray(), "s "u8.ToArray()];

    /// <summary>Puts A0 back where a program made a blank of it (ftfy's restore_byte_a0).</summary>
    public static byte[] RestoreA0(byte[] bytes)
    {
        if (!HasAltered(bytes))
        {
            return bytes;
        }

        // C3 20 alone is most often the word "à" before a blank, that is C3 A0 20, but for some Portuguese words.
        List<byte> result = new(bytes.Length + 4);
        for (int i = 0; i < bytes.Length; i++)
        {
            result.Add(bytes[i]);
            if (bytes[i] == 0xC3 && At(bytes, i + 1) == ' ' && At(bytes, i + 2) != ' ' && !Array.Exists(grave, word => bytes.AsSpan(i + 2).StartsWith(word)))
            {
                result.Add(0xA0);
            }
        }
        byte[] restored = [.. result];
        for (int i = 0; i < restored.Length;)
        {
            int length = AlteredLength(restored, i);
            restored.AsSpan(i, length).Replace((byte)' ', (byte)0xA0);
            i += Math.Max(1, length);
        }
        return restored;
    }

    /// <summary>Makes sequences with a lost byte (1A, or once '?') the UTF-8 of U+FFFD (ftfy's replace_lossy_sequences).</summary>
    public static byte[] ReplaceLost(byte[] bytes)
    {
        if (!bytes.AsSpan().ContainsAny(TextRepairEncoding.Lost, (byte)'?'))
        {
            return bytes;
        }
        List<byte> result = new(bytes.Length + 8);
        for (int i = 0; i < bytes.Length;)
        {
            int length = LostLength(bytes, i);
            if (length > 0)
            {
                result.AddRange("\uFFFD"u8);
                i += length;
            }
            else
            {
                result.Add(bytes[i++]);
            }
        }
        return [.. result];
    }

    private static bool HasAltered(byte[] bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (AlteredLength(bytes, i) > 0)
            {
                return true;
            }
        }
        return false;
    }

    // A two-, three- or four-byte sequence of UTF-8 with one blank in place of A0.
    private static int AlteredLength(byte[] bytes, int i)
    {
        int a = bytes[i];
        int b = At(bytes, i + 1);
        int c = At(bytes, i + 2);
        int d = At(bytes, i + 3);
        if (b == ' ' && a is 0xC2 or 0xC3 or 0xC5 or 0xCE or 0xD0 or 0xD9)
        {
            return 2;
        }
        if (a is >= 0xE0 and <= 0xE3 && ((a >= 0xE2 && b == ' ' && IsMiddle(c)) || (IsMiddle(b) && c == ' ')))
        {
            return 3;
        }
        bool four = a == 0xF0
            && ((b == ' ' && IsTail(c) && IsTail(d)) || (IsTail(b) && c == ' ' && IsTail(d)) || (IsTail(b) && IsTail(c) && d == ' '));
        return four ? 4 : 0;
    }

    private static bool IsMiddle(int b) => b is >= 0x80 and <= 0xBF and not 0x85 and not 0xA0;

    private static bool IsTail(int b) => b is >= 0x80 and <= 0xBF;

    private static int LostLength(byte[] bytes, int i)
    {
        int a = bytes[i];
        int b = At(bytes, i + 1);
        int c = At(bytes, i + 2);
        int d = At(bytes, i + 3);
        if ((a is >= 0xC2 and <= 0xDF && b == TextRepairEncoding.Lost) || (b == '?' && a is 0xC2 or 0xC3))
        {
            return 2;
        }
        if (a == 0xED && d == 0xED && IsTail(At(bytes, i + 4)) && At(bytes, i + 4) >= 0xB0 && b is >= 0xA0 and <= 0xAF)
        {
            int f = At(bytes, i + 5);
            if ((IsLostOrMark(c) && (IsLostOrMark(f) || IsTail(f))) || (IsTail(c) && IsLostOrMark(f)))
            {
                return 6;
            }
        }
        if (a is >= 0xE0 and <= 0xEF && ((IsLostOrMark(b) && IsLostOrTail(c)) || (IsLostOrTail(b) && IsLostOrMark(c))))
        {
            return 3;
        }
        if (a is >= 0xF0 and <= 0xF4
            && ((IsLostOrMark(b) && IsLostOrTail(c) && IsLostOrTail(d))
                || (IsLostOrTail(b) && IsLostOrMark(c) && IsLostOrTail(d))
                || (IsLostOrTail(b) && IsLostOrTail(c) && IsLostOrMark(d))))
        {
            return 4;
        }
        return a == TextRepairEncoding.Lost ? 1 : 0;
    }

    private static bool IsLostOrMark(int b) => b is TextRepairEncoding.Lost or '?';

    private static bool IsLostOrTail(int b) => b == TextRepairEncoding.Lost || IsTail(b);

    private static int At(byte[] bytes, int i) => i < bytes.Length ? bytes[i] : -1;
}
