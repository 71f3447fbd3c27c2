using SoundSearch.Engine.Formats;
using SoundSearch.Tests.Engine.Formats;

namespace SoundSearch.Tests.Mutation;

[Category(MutationRun.Category)]
internal sealed class PyTorchMutationTests
{
    private const string Golden = "pth_views.pth";

    // A view may repeat its storage's elements up to four million times, the views of a file together as often.
    private const long Expanded = (PyTorchTensor.MaxExpanded * sizeof(float)) + (1 << 20);

    private static readonly byte[] opcodes = PyTorchFile.Ascii(
        "().012NJKMGXUTCB]lae)t}dsuqrhjcRbQioPILFSVgp\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008A\u008B\u008C\u008D\u008E\u008F\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098");

    [Test]
    public void Damaged_archives_do_no_harm()
    {
        byte[] whole = File.ReadAllBytes(Goldens.Path(Golden));
        List<byte[]> pickle = PickleBytes.Split(PickleBytes.OfArchive(Goldens.Path(Golden)));
        ZipBytes.Entry[] entries = Entries(whole);
        new MutationRun("pytorch", m => m.Random.Next(4) switch
        {
            0 => m.Bytes(whole),
            1 => Join(m.Parts(ZipBytes.Records(entries))),
            2 => Lie(m, entries),
            _ => Rebuild(m, pickle, entries),
        }, ReadArchive)
        { Ending = ".pth", AllocationBase = Expanded, AllocationPerByte = 512 }.Run();
    }

    [Test]
    public void Damaged_pickles_do_no_harm()
    {
        byte[][] originals = [.. ((string[])[Golden, "audio_head_ckpt4.pth", "clip_tiny_jit.pt"]).Select(name => PickleBytes.OfArchive(Goldens.Path(name)))];
        List<byte[]>[] split = [.. originals.Select(PickleBytes.Split)];
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path(Golden));
        bool Read(string path, byte[] bytes)
        {
            _ = new PyTorchTensors(archive, new PyTorchUnpickler(archive, bytes).Load());
            return true;
        }
        new MutationRun("pickle", m =>
        {
            int which = m.OneIn(4) ? 1 + m.Random.Next(2) : 0;
            return m.OneIn(3) ? m.Bytes(originals[which]) : Join(Recode(m, split[which]));
        }, Read)
        {
            Ending = ".pkl",
            AllocationPerByte = 512,
            IsRefusal = (e, _) => e is FileFormatException && e.Message.Contains(archive.Path, StringComparison.Ordinal),
        }.Run();
    }

    private static bool ReadArchive(string path, byte[] bytes)
    {
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        foreach ((string name, Tensor tensor) in archive.Tensors)
        {
            MutationRun.Require(tensor.Data.Length == archive.Tensors.Describe(name).Count, "the elements that the shape says");
        }
        return true;
    }

    private static byte[] Join(IEnumerable<byte[]> parts) => [.. parts.SelectMany(part => part)];

    /// <summary>Headers of entries that say something else than there is.</summary>
    private static byte[] Lie(Mutator m, ZipBytes.Entry[] entries)
    {
        ZipBytes.Entry[] changed = [.. entries];
        for (int changes = m.Random.Next(1, 4); changes > 0; changes--)
        {
            ref ZipBytes.Entry e = ref changed[m.Random.Next(changed.Length)];
            e = m.Random.Next(8) switch
            {
                0 => e with { Size = m.Number(e.Data.Length) },
                1 => e with { CompressedSize = m.Number(e.Data.Length) },
                2 => e with { Size = m.Number(e.Data.Length), CompressedSize = m.Number(e.Data.Length) },
                3 => e with { Offset = m.Number(0) },
                4 => e with { Method = (ushort)m.Number(8), Flags = (ushort)m.Number(0) },
                5 => e with { Size = uint.MaxValue, CompressedSize = uint.MaxValue, Extra = ZipBytes.Zip64(m.Number(e.Data.Length), m.Number(e.Data.Length)) },
                6 => e with { Name = m.Pick(entries).Name },
                _ => e with { Data = m.Bytes(e.Data) }, // under the right checksum
            };
        }
        return Join(ZipBytes.Records(changed, m.OneIn(6) ? (ushort)m.Number(changed.Length) : null, m.OneIn(6) ? (uint)m.Number(0) : null));
    }

    /// <summary>Another pickle, in a whole archive.</summary>
    private static byte[] Rebuild(Mutator m, List<byte[]> pickle, ZipBytes.Entry[] entries) => ZipBytes.Write(
        [.. entries.Select(e => e.Name.EndsWith("/data.pkl", StringComparison.Ordinal) ? e with { Data = Join(Recode(m, pickle)) } : e)]);

    /// <summary>Opcodes dropped, doubled and exchanged, and now and then one that was not there before.</summary>
    private static List<byte[]> Recode(Mutator m, List<byte[]> pickle)
    {
        List<byte[]> parts = m.OneIn(2) ? m.Parts(pickle) : [.. pickle];
        for (int changes = m.Random.Next(1, 4); changes > 0 && parts.Count > 0; changes--)
        {
            int at = m.Random.Next(parts.Count);
            byte[] part = [.. parts[at]];
            switch (m.Random.Next(4))
            {
                case 0 when part.Length is 3 or 5 or 9:
                    m.Number(part.AsSpan(1), part.Length - 1, bigEndian: false);
                    break;
                case 1 when part.Length > 1:
                    part = [part[0], .. m.Bytes(part[1..])];
                    break;
                case 2:
                    part = [m.Pick(opcodes), .. part];
                    break;
                case 3 when part.Length > 0:
                    part[0] = m.Pick(opcodes);
                    break;
            }
            parts[at] = part;
        }
        return parts;
    }

    private static ZipBytes.Entry[] Entries(byte[] archive)
    {
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(archive));
        return [.. zip.Entries.Select(e =>
        {
            using Stream stream = e.Open();
            byte[] data = new byte[e.Length];
            stream.ReadExactly(data);
            return new ZipBytes.Entry(e.FullName, data);
        })];
    }
}
