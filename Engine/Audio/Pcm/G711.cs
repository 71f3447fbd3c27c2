namespace SoundSearch.Engine.Audio.Pcm;

/// <summary>Tables of ITU-T G.711: byte to sample, on the scale of 16 bit.</summary>
internal static class G711
{
    /// <summary>[256]; even bits are inverted on the line; 13 bit linear.</summary>
    public static float[] ALawTable()
    {
        float[] table = new float[256];
        for (int code = 0; code < 256; code++)
        {
            int bits = code ^ 0x55, segment = (bits >> 4) & 7, value = ((bits & 15) << 4) + 8;
            value = segment == 0 ? value : (value + 0x100) << (segment - 1);
            table[code] = ((bits & 0x80) != 0 ? value : -value) / 32768f;
        }
        return table;
    }

    /// <summary>[256]; all bits are inverted on the line; 14 bit linear with a bias of 33.</summary>
    public static float[] MuLawTable()
    {
        float[] table = new float[256];
        for (int code = 0; code < 256; code++)
        {
            int bits = ~code, value = ((((bits & 15) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
            table[code] = ((bits & 0x80) != 0 ? -value : value) / 32768f;
        }
        return table;
    }
}
