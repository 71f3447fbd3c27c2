using System.Buffers.Binary;
using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Formats;
using static SoundSearch.Tests.Engine.Audio.WavBytes;

namespace SoundSearch.Tests.Engine.Audio;

/// <summary>Whatever the headers say: an error that names the file, or a sound; never a crash, a hang or a large allocation.</summary>
internal sealed class HeaderMutationTests
{
    private const int Mutations = 5000;

    private static readonly uint[] interesting = [0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0xFFFE, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF];

    [TestCaseSource(nameof(Files))]
    public void Mutated_headers_do_no_harm(byte[] original)
    {
        const string path = "folder/mutant";
        var random = new Random(20);
        float[] block = new float[70000];
        int read = 0, refused = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] mutant = Mutate(original, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using IAudioReader? reader = AudioFile.OpenManaged(new MemoryStream(mutant), path);
                long samples = 0;
                for (int got; reader is not null && (got = reader.Read(block)) > 0; samples += got)
                    Assert.That(got % reader.Channels, Is.Zero);
                Assert.That(samples, Is.LessThanOrEqualTo(mutant.Length));
                Assert.That(samples / (reader?.Channels ?? 1), Is.EqualTo(reader?.Frames ?? 0));
                read++;
            }
            catch (FileFormatException e) when (e.Message.Contains(path))
            {
                refused++;
            }
            string text = AudioFile.ReadManagedMetadata(new MemoryStream(mutant), path)?.SearchText ?? "";
            Assert.That(text, Has.Length.LessThan(100_000));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2 << 20), $"mutation {i}");
            if (i % 100 == 0)
                ReadMono(mutant);
        }
        Assert.That((read, refused), Is.Not.EqualTo((0, Mutations)).And.Not.EqualTo((Mutations, 0)), "the mutations reach both ways");
    }

    [Test]
    public void Mutated_comments_do_no_harm()
    {
        byte[] comments = [3, 0, 0, 0, .. "lib"u8, 2, 0, 0, 0, 8, 0, 0, 0, .. "TITLE=ab"u8, 13, 0, 0, 0, .. "DESCRIPTION=x"u8];
        byte[] tags = [.. "OpusTags"u8, .. comments];
        byte[] flac = [.. "fLaC"u8, 0, 0, 0, 34, .. new byte[34], 0x84, 0, 0, (byte)comments.Length, .. comments];
        byte[] ogg = [.. Page(new byte[19]), .. Page(tags)];
        var random = new Random(21);
        foreach (byte[] original in (byte[][])[flac, ogg])
        {
            AudioMetadata intact = Read(original);
            Assert.That((intact.Title, intact.Description), Is.EqualTo(("ab", "x")));
            for (int i = 0; i < Mutations; i++)
            {
                byte[] mutant = Mutate(original, random);
                long before = GC.GetAllocatedBytesForCurrentThread();
                Read(mutant);
                Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 18));
            }
        }

        static byte[] Page(byte[] packet) => [.. "OggS"u8, .. new byte[22], 1, (byte)packet.Length, .. packet];

        static AudioMetadata Read(byte[] file)
        {
            var builder = new SoundSearch.Engine.Audio.MetadataBuilder();
            SoundSearch.Engine.Audio.Vorbis.VorbisComments.TryRead(new MemoryStream(file), builder);
            return builder.Build();
        }
    }

    private static void ReadMono(byte[] mutant)
    {
        try
        {
            if (AudioFile.OpenManaged(new MemoryStream(mutant), "x") is not { } reader)
                return;
            using var mono = new MonoReader(reader, 32000);
            Assert.That(mono.ReadAll(10).All(float.IsFinite));
        }
        catch (FileFormatException)
        {
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        byte[] mutant = [.. original];
        for (int change = random.Next(1, 6); change > 0; change--)
        {
            int at = random.Next(mutant.Length);
            switch (random.Next(5))
            {
                case 0:
                    mutant[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutant[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2 when at + 4 <= mutant.Length:
                    uint value = interesting[random.Next(interesting.Length)];
                    if (random.Next(2) == 0)
                        BinaryPrimitives.WriteUInt32LittleEndian(mutant.AsSpan(at), value);
                    else
                        BinaryPrimitives.WriteUInt32BigEndian(mutant.AsSpan(at), value);
                    break;
                case 3 when random.Next(4) == 0 && at > 0:
                    mutant = mutant[..at];
                    break;
                case 4:
                    int length = Math.Min(random.Next(1, 9), mutant.Length - at);
                    mutant = random.Next(2) == 0 ? [.. mutant[..at], .. mutant[(at + length)..], 0] : [.. mutant[..(at + length)], .. mutant[at..]];
                    break;
            }
        }
        return mutant;
    }

    private static IEnumerable<TestCaseData> Files()
    {
        byte[] sound = new byte[120];
        new Random(1).NextBytes(sound);
        byte[] ds64 = new byte[40];
        BitConverter.GetBytes(120L).CopyTo(ds64, 8);
        byte[] info = [.. "INFO"u8, .. Chunk("INAM", "Storm\0"u8.ToArray()), .. Chunk("ICMT", "far"u8.ToArray())];
        byte[] labels = [.. "adtl"u8, .. Chunk("labl", [1, 0, 0, 0, .. "crack\0"u8]), .. Chunk("ltxt", new byte[24])];
        byte[] ixml = "<BWFXML><NOTE>far &amp; slow</NOTE><USER><KEYWORDS>a</KEYWORDS></USER></BWFXML>"u8.ToArray();
        byte[][] tail = [Chunk("LIST", info), Chunk("LIST", labels), Chunk("iXML", ixml), Chunk("bext", new byte[300])];
        byte[] rf64 = File([Chunk("ds64", ds64), ExtensibleFormat(1, 2, 48000, 24, 20), Chunk("data", sound, uint.MaxValue), .. tail]);
        "RF64"u8.CopyTo(rf64);
        byte[][] texts = [Chunk("NAME", "Bell"u8.ToArray(), bigEndian: true), Chunk("COMT", [0, 1, 0, 0, 0, 0, 0, 0, 0, 5, .. "hello"u8, 0], bigEndian: true), Chunk("MARK", [0, 1, 0, 1, 0, 0, 0, 9, 4, .. "loop"u8, 0], bigEndian: true)];
        yield return new TestCaseData(File([Format(1, 2, 44100, 16), Chunk("data", sound), .. tail])).SetArgDisplayNames("WAV");
        yield return new TestCaseData(rf64).SetArgDisplayNames("RF64");
        yield return new TestCaseData(AiffFile("AIFF", [Common(2, 30, 16, 44100), Sound(sound), .. texts])).SetArgDisplayNames("AIFF");
        yield return new TestCaseData(AiffFile("AIFC", [Common(1, 30, 32, 44100, "fl32"), Sound(sound), .. texts])).SetArgDisplayNames("AIFC");
    }
}
