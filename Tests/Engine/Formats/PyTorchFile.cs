using System.IO.Compression;
using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Engine.Formats;

/// <summary>Writes archives as torch.save lays them out, from the bytes of a pickle.</summary>
internal static class PyTorchFile
{
    /// <summary>A view of the storage "0": GLOBAL _rebuild_tensor_v2, a persistent id, the offset, then opcodes of two tuples.</summary>
    public static byte[] Tensor(string storage, long count, long offset, string sizesAndStrides) =>
        [
            .. Ascii("ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\n" + storage + "\nX\u0001\0\0\00X\u0003\0\0\0cpu"),
            .. Long(count), .. Ascii("tQ"), .. Long(offset), .. Ascii(sizesAndStrides + "\u0089)tR"),
        ];

    /// <summary>LONG1 of eight bytes.</summary>
    public static byte[] Long(long value) => [0x8A, 8, .. BitConverter.GetBytes(value)];

    public static byte[] Ascii(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    public static void Write(string path, byte[] pickle, params (string Name, byte[] Bytes)[] others)
    {
        using ZipArchive zip = new(File.Create(path), ZipArchiveMode.Create);
        Add(zip, "archive/data.pkl", pickle, CompressionLevel.NoCompression);
        foreach ((string name, byte[] bytes) in others)
        {
            Add(zip, name, bytes, CompressionLevel.NoCompression);
        }
    }

    /// <summary>Reads all that a file offers. It must be refused, by its name, before memory out of proportion to its size is taken.</summary>
    public static FileFormatException Refusal(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        FileFormatException? refusal = null;
        try
        {
            using PyTorchArchive archive = PyTorchArchive.Open(path);
            foreach (Tensor tensor in archive.Tensors.Values)
            {
                Assert.That(tensor.Data.Length, Is.LessThanOrEqualTo(PyTorchTensor.MaxExpanded));
            }
        }
        catch (FileFormatException e)
        {
            refusal = e;
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(refusal, Is.Not.Null, "it was read as if nothing were wrong with it");
        Assert.That(refusal!.Path, Is.EqualTo(path));
        Assert.That(refusal.Message, Does.StartWith(path + ", at byte " + refusal.Offset + ": expected "));
        Assert.That(allocated, Is.LessThan((1 << 20) + (512 * new FileInfo(path).Length)));
        return refusal;
    }

    public static void Add(ZipArchive zip, string name, byte[] bytes, CompressionLevel level)
    {
        using Stream stream = zip.CreateEntry(name, level).Open();
        stream.Write(bytes);
    }
}
