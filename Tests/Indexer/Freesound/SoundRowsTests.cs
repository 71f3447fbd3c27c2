using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using SoundSearch.Engine.Formats;
using SoundSearch.Indexer.Freesound;

namespace SoundSearch.Tests.Indexer.Freesound;

/// <summary>The forms of a dump, whole and damaged.</summary>
public class SoundRowsTests
{
    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("dump").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [TestCase("a.jsonl", """{"id":7,"name":"Dog","tags":["bark","big dog"],"duration":1.5,"samplerate":44100.0,"laion_clap":[1,2,3]}""")]
    [TestCase("a.jsonl", """{"url":"https://freesound.org/people/x/sounds/7/","name":"Dog","tags":"bark big dog","duration":"1.5","samplerate":44100,"analysis":{"laion_clap":[[1,2,3]]}}""")]
    [TestCase("a.json", """{"count":1,"results":[{"id":7,"name":"Dog","tags":["bark","big dog"],"duration":1.5,"samplerate":44100,"similarity_vectors":{"freesound_classic":[9],"laion_clap":[1,2,3]}}]}""")]
    [TestCase("a.json", """[{"id":"7","name":"Dog","tags":["bark","big dog"],"duration":1.5,"samplerate":44100,"embedding":{"vector":[1,2,3]}}]""")]
    [TestCase("a.csv", "id,name,tags,duration,samplerate,clap_embedding\r\n7,Dog,bark big dog,1.5,44100,\"[1, 2.0, 3e0]\"\r\n")]
    [TestCase("a.csv", "id,name,tags,duration,samplerate,clap_0,clap_1,clap_2\n7,\"Dog\",\"bark big dog\",1.5,44100,1,2,3")]
    [TestCase("a.csv", "1,2,3,ID,Name,tags,duration,samplerate\n1,2,3,7,Dog,bark big dog,1.5,44100\n\n")]
    public void A_sound_is_read_with_its_vector(string file, string content)
    {
        SoundRow[] rows = Read(file, content);
        Assert.That(rows, Has.Length.EqualTo(1));
        FreesoundSound sound = rows[0].Sound!;
        Assert.Multiple(() =>
        {
            Assert.That((sound.Id, sound.Name, sound.Tags, sound.Duration, sound.SampleRate), Is.EqualTo((7L, "Dog", "bark big dog", 1.5, 44_100)));
            Assert.That(sound.Vector, Is.EqualTo(new[] { 1f, 2, 3 }));
        });
    }

    [Test]
    public void Fields_in_quotes_may_hold_commas_quotes_and_lines()
    {
        SoundRow row = Read("a.csv", "id,description,embedding\n7,\"a \"\"loud\"\", long\nbark\",1 2\n8,b,3 4\n")[0];
        Assert.That(row.Sound!.Description, Is.EqualTo("a \"loud\", long\nbark"));
    }

    [TestCase("a.jsonl", "{\"id\":1}\nnonsense\n[1]\n{\"name\":\"x\"}\n\n{\"id\":-3}\n{\"id\":2}\n", new long[] { 2, 3, 4, 6 })]
    [TestCase("a.csv", "id,name\n1,a\nx,b\n0,c\n2\n2,d\n", new long[] { 3, 4, 5 })]
    public void Bad_rows_are_reported_by_number_and_the_others_read(string file, string content, long[] bad)
    {
        SoundRow[] rows = Read(file, content);
        Assert.That(rows.Where(r => r.Sound is null).Select(r => r.Number), Is.EqualTo(bad));
        Assert.That(rows.Where(r => r.Sound is null).Select(r => r.Problem), Has.All.Not.Empty);
        Assert.That(rows.Where(r => r.Sound is not null).Select(r => r.Sound!.Id), Is.EqualTo(new[] { 1L, 2L }));
    }

    [Test]
    public void What_is_no_number_in_a_vector_is_NaN()
    {
        Assert.That(Read("a.jsonl", """{"id":1,"vector":[1,"2",null,1e60]}""")[0].Sound!.Vector, Is.EqualTo(new[] { 1f, float.NaN, float.NaN, float.NaN }).Or.EqualTo(new[] { 1f, float.NaN, float.NaN, float.PositiveInfinity }));
        Assert.That(Read("a.csv", "id,vector\n1,1;x")[0].Sound!.Vector, Is.EqualTo(new[] { 1f, float.NaN }));
    }

    [TestCase("a.csv", "", "header")]
    [TestCase("a.csv", "name,vector\na,1", "'id'")]
    [TestCase("a.csv", "id,name\n1,\"open", "line 2")]
    [TestCase("a.json", "{", "JSON in line 1")]
    [TestCase("a.json", "12", "an object or an array")]
    [TestCase("a.json", "{\"\\ud80000\":1}", "whole characters")]
    [TestCase("a.txt", "", ".npy")]
    public void A_file_that_is_no_dump_is_refused_with_the_reason(string file, string content, string reason) =>
        Assert.That(() => Read(file, content), Throws.TypeOf<FileFormatException>().With.Message.Contains(file).And.Message.Contains(reason));

    [Test]
    public void A_line_without_end_does_not_fill_the_memory()
    {
        string path = Path.Combine(folder, "a.jsonl");
        using (FileStream file = File.Create(path))
        {
            file.SetLength(40 << 20); // zeros
        }
        using ISoundRows rows = FreesoundImport.Open(path);
        Assert.That(() => rows.Rows().ToList(), Throws.TypeOf<FileFormatException>().With.Message.Contains("lines of at most"));
    }

    [TestCase(1, "<f2")]
    [TestCase(1, "<f4")]
    [TestCase(2, "<f4")]
    [TestCase(3, "<f8")]
    public void A_matrix_is_read_with_the_ids_beside_it(int version, string type)
    {
        WriteMatrix("m.npy", version, $"{{'descr': '{type}', 'fortran_order': False, 'shape': (2, 3), }}", Numbers(type, [1, 2, 3, -4, 0.5, 6]));
        File.WriteAllText(Path.Combine(folder, "m.ids"), "11\nhttps://freesound.org/s/12/\n");
        Check(["11", "12"], null);
        File.Delete(Path.Combine(folder, "m.ids"));
        File.WriteAllText(Path.Combine(folder, "m.csv"), "id,name\n11,a\n12,b\n");
        Check(["11", "12"], "b");
        File.WriteAllText(Path.Combine(folder, "other.jsonl"), "{\"id\":21}\n{\"id\":22,\"title\":\"c\"}\n");
        Check(["21", "22"], "c", Path.Combine(folder, "other.jsonl"));

        void Check(string[] ids, string? name, string? file = null)
        {
            using ISoundRows rows = FreesoundImport.Open(Path.Combine(folder, "m.npy"), file);
            FreesoundSound[] sounds = [.. rows.Rows().Select(r => r.Sound!)];
            Assert.That(sounds.Select(s => s.Id.ToString(CultureInfo.InvariantCulture)), Is.EqualTo(ids));
            Assert.That(sounds[1].Name, Is.EqualTo(name));
            Assert.That(sounds.Select(s => s.Vector), Is.EqualTo(new[] { new[] { 1f, 2, 3 }, new[] { -4f, 0.5f, 6 } }));
        }
    }

    [TestCase(1, "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", 24, "descr")]
    [TestCase(1, "{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", 24, "descr")]
    [TestCase(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 24, "C order")]
    [TestCase(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", 24, "rows and columns")]
    [TestCase(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 20, "24 bytes")]
    [TestCase(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (9000000000000000000, 512), }", 24, "bytes for")]
    [TestCase(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2000000000), }", 24, "rows and columns")]
    [TestCase(1, "{'shape': (2, 3), }", 24, "'descr'")]
    [TestCase(4, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 24, "version")]
    public void A_matrix_that_lies_or_is_of_another_kind_is_refused(int version, string header, int bytes, string reason)
    {
        WriteMatrix("m.npy", version, header, new byte[bytes]);
        File.WriteAllText(Path.Combine(folder, "m.ids"), "1\n2\n");
        Assert.That(() => FreesoundImport.Open(Path.Combine(folder, "m.npy")), Throws.TypeOf<FileFormatException>().With.Message.Contains("m.npy").And.Message.Contains(reason));
    }

    [Test]
    public void A_matrix_needs_as_many_ids_as_rows()
    {
        WriteMatrix("m.npy", 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", new byte[24]);
        string path = Path.Combine(folder, "m.npy");
        Assert.That(() => FreesoundImport.Open(path), Throws.TypeOf<FileFormatException>().With.Message.Contains("m.ids"));
        File.WriteAllText(Path.Combine(folder, "m.ids"), "1\n2\n3\n");
        using ISoundRows rows = FreesoundImport.Open(path);
        Assert.That(() => rows.Rows().First(), Throws.TypeOf<FileFormatException>().With.Message.Contains("2 ids").And.Message.Contains("3"));
    }

    [Test]
    public void Damaged_heads_of_matrices_are_refused_whatever_byte_is_wrong()
    {
        WriteMatrix("m.npy", 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", new byte[24]);
        string path = Path.Combine(folder, "m.npy");
        byte[] whole = File.ReadAllBytes(path);
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = [.. whole];
            bytes[random.Next(80)] = (byte)random.Next(256);
            File.WriteAllBytes(path, i % 3 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            try
            {
                new NpyFile(path).Dispose();
            }
            catch (FileFormatException)
            {
                // What it is for; anything else fails the test.
            }
        }
    }

    private SoundRow[] Read(string file, string content)
    {
        string path = Path.Combine(folder, file);
        File.WriteAllText(path, content);
        using ISoundRows rows = FreesoundImport.Open(path);
        return [.. rows.Rows()];
    }

    private void WriteMatrix(string name, int version, string header, byte[] data)
    {
        byte[] text = Encoding.ASCII.GetBytes(header + "\n");
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        File.WriteAllBytes(Path.Combine(folder, name), [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. text, .. data]);
    }

    private static byte[] Numbers(string type, double[] values) => type switch
    {
        "<f2" => MemoryMarshal.AsBytes(values.Select(v => (Half)v).ToArray().AsSpan()).ToArray(),
        "<f4" => MemoryMarshal.AsBytes(values.Select(v => (float)v).ToArray().AsSpan()).ToArray(),
        _ => MemoryMarshal.AsBytes(values.AsSpan()).ToArray(),
    };
}
