using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Mutation;

[Category(MutationRun.Category)]
internal sealed class SafetensorsMutationTests
{
    [Test]
    public void Damaged_safetensors_do_no_harm()
    {
        byte[] header = Encoding.UTF8.GetBytes("""
            {"__metadata__":{"format":"pt","step":"12"},"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
            "b":{"dtype":"F16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"BF16","shape":[1,2,1],"data_offsets":[32,36]},
            "d":{"dtype":"F64","shape":[],"data_offsets":[36,44]},"e":{"dtype":"I64","shape":[2],"data_offsets":[44,60]},
            "f":{"dtype":"I32","shape":[1],"data_offsets":[60,64]},"g":{"dtype":"I16","shape":[2],"data_offsets":[64,68]},
            "h":{"dtype":"U8","shape":[3,0],"data_offsets":[68,68]},"i":{"dtype":"BOOL","shape":[4],"data_offsets":[68,72]}}
            """);
        byte[] data = new byte[72];
        new Random(1).NextBytes(data);
        new MutationRun("safetensors", m => Damage(m, header, data), Read) { Ending = ".safetensors" }.Run();
    }

    private static byte[] Damage(Mutator m, byte[] header, byte[] data)
    {
        byte[] text = m.OneIn(3) ? header : m.Text(header);
        byte[] file = [.. BitConverter.GetBytes((long)text.Length), .. text, .. m.OneIn(8) ? m.Bytes(data) : data];
        if (m.OneIn(8))
        {
            m.Number(file, 8, bigEndian: false);
        }
        return ReferenceEquals(text, header) ? m.Bytes(file) : file;
    }

    private static bool Read(string path, byte[] bytes)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        long elements = 0;
        foreach ((string name, SafetensorsEntry entry) in file.Entries)
        {
            MutationRun.Require(file.Bytes(name).Length == entry.End - entry.Begin, "the bytes that the header says");
            Tensor tensor = file.Read(name);
            MutationRun.Require(tensor.Data.Length == entry.Count, "the elements that the header says");
            elements += tensor.Data.Length;
        }
        MutationRun.Require(elements <= bytes.Length, "each element has a byte of its own");
        foreach ((_, string value) in file.Metadata)
        {
            MutationRun.Require(value.Length <= bytes.Length, "metadata come from the file");
        }
        return true;
    }
}
