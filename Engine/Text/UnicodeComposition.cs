using System.Globalization;
using System.Text;

namespace SoundSearch.Engine.Text;

/// <summary>
/// Unicode's normalization form C (UAX 15) with a table of its own: string.Normalize does nothing without ICU, that is with
/// InvariantGlobalization, and ids must not depend on the machine. Unicode 14.0, embedded, read at first use.
/// </summary>
internal static class UnicodeComposition
{
    private const int FirstSyllable = 0xAC00; // Hangul is computed (Unicode 3.12)
    private const int Syllables = 11172;
    private const int FirstLead = 0x1100;
    private const int FirstVowel = 0x1161;
    private const int FirstTrail = 0x11A7;
    private const int Vowels = 21;
    private const int Trails = 28;

    private static readonly Lazy<Tables> tables = new(() => new Tables());

    /// <summary>The text in form C. Lone surrogates become U+FFFD.</summary>
    public static string Compose(string text)
    {
        // Below the first combining mark every text is composed.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF'))
        {
            return text;
        }
        Tables t = tables.Value;
        List<int> points = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, points, t);
        }
        Order(points, t);
        int count = Compose(points, t);
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < count; i++)
        {
            result.Append(new Rune(points[i]).ToString());
        }
        return result.Length == text.Length && result.Equals(text) ? text : result.ToString();
    }

    private static void Decompose(int point, List<int> points, Tables t)
    {
        if (point is >= FirstSyllable and < FirstSyllable + Syllables)
        {
            int index = point - FirstSyllable;
            points.Add(FirstLead + (index / (Vowels * Trails)));
            points.Add(FirstVowel + (index % (Vowels * Trails) / Trails));
            if (index % Trails != 0)
            {
                points.Add(FirstTrail + (index % Trails));
            }
        }
        else if (point >= 0xC0 && t.Parts.TryGetValue(point, out (int First, int Second) parts))
        {
            Decompose(parts.First, points, t);
            if (parts.Second != 0)
            {
                points.Add(parts.Second);
            }
        }
        else
        {
            points.Add(point);
        }
    }

    // Marks after a base are sorted by class; equal classes keep their order.
    private static void Order(List<int> points, Tables t)
    {
        for (int i = 0; i < points.Count;)
        {
            int end = i;
            while (end < points.Count && t.Class(points[end]) != 0)
            {
                end++;
            }
            if (end - i > 1)
            {
                int[] sorted = [.. points.GetRange(i, end - i).OrderBy(t.Class)];
                for (int k = 0; k < sorted.Length; k++)
                {
                    points[i + k] = sorted[k];
                }
            }
            i = end + 1;
        }
    }

    private static int Compose(List<int> points, Tables t)
    {
        int write = 0;
        int starter = -1;
        int lastClass = 0;
        for (int read = 0; read < points.Count; read++)
        {
            int point = points[read];
            int kind = t.Class(point);
            bool reachable = starter >= 0 && (write == starter + 1 || (lastClass != 0 && lastClass < kind));
            if (reachable && Pair(points[starter], point, t) is int composite and > 0)
            {
                points[starter] = composite;
                continue;
            }
            if (kind == 0)
            {
                starter = write;
            }
            lastClass = kind;
            points[write++] = point;
        }
        return write;
    }

    private static int Pair(int first, int second, Tables t)
    {
        if (first is >= FirstLead and < FirstLead + 19 && second is >= FirstVowel and < FirstVowel + Vowels)
        {
            return FirstSyllable + ((((first - FirstLead) * Vowels) + second - FirstVowel) * Trails);
        }
        if (first is >= FirstSyllable and < FirstSyllable + Syllables && (first - FirstSyllable) % Trails == 0 && second is > FirstTrail and < FirstTrail + Trails)
        {
            return first + second - FirstTrail;
        }
        return t.Composites.GetValueOrDefault((first, second));
    }

    private sealed class Tables
    {
        private readonly Dictionary<int, byte> classes = [];

        public Tables()
        {
            bool marks = false;
            foreach (string line in TextResource.Lines("unicode-composition.txt"))
            {
                string[] fields = line.Split(' ');
                if (line.Length == 0)
                {
                    marks = true;
                }
                else if (marks)
                {
                    for (int point = Hex(fields[0]); point <= Hex(fields[1]); point++)
                    {
                        classes[point] = byte.Parse(fields[2], CultureInfo.InvariantCulture);
                    }
                }
                else
                {
                    int point = Hex(fields[0].TrimEnd('!'));
                    (int, int) parts = (Hex(fields[1]), fields.Length > 2 ? Hex(fields[2]) : 0);
                    Parts[point] = parts;
                    if (!fields[0].EndsWith('!'))
                    {
                        Composites[parts] = point;
                    }
                }
            }
        }

        public Dictionary<int, (int First, int Second)> Parts { get; } = new(2100);

        public Dictionary<(int First, int Second), int> Composites { get; } = new(1000);

        public int Class(int point) => point < 0x300 ? 0 : classes.GetValueOrDefault(point);

        private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
