using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Indexer.Freesound;

/// <summary>
/// A matrix of numpy.save with a vector per row, and a file of ids beside it, in the same order: a text with an id per line, or
/// a table of sounds without vectors (.csv, .jsonl).
/// </summary>
public sealed class NpySoundRows : ISoundRows
{
    private static readonly string[] idEndings = [".ids", ".ids.txt", ".txt", ".ids.csv", ".csv", ".jsonl", ".ndjson"];

    private readonly NpyFile matrix;
    private readonly string idsPath;

    /// <param name="path">The matrix.</param>
    /// <param name="idsPath">Null: NAME.ids, NAME.txt, NAME.csv or NAME.jsonl beside NAME.npy.</param>
    /// <exception cref="FileFormatException">The matrix is damaged, or there are no ids.</exception>
    public NpySoundRows(string path, string? idsPath = null)
    {
        string stem = Path.ChangeExtension(path, null);
        this.idsPath = idsPath ?? idEndings.Select(e => stem + e).FirstOrDefault(File.Exists)
            ?? throw new FileFormatException(path, 0, $"the sounds' ids beside it, in {Path.GetFileName(stem)}.ids, .txt, .csv or .jsonl", "no such file", "Write one id per line, in the order of the rows.");
        matrix = new NpyFile(path);
    }

    public long Length => matrix.Length;

    public long Position => matrix.Position;

    /// <summary>Numbers per vector.</summary>
    public int Columns => matrix.Columns;

    public IEnumerable<SoundRow> Rows()
    {
        // Before anything is taken from them: ids that do not fit are other sounds' ids.
        long count = Ids().LongCount();
        if (count != matrix.Rows)
        {
            throw new FileFormatException(
                idsPath, 0, $"{matrix.Rows} ids, one for each row of {matrix.Path}", $"{count}", "Write one id per line, in the order of the rows.");
        }
        long number = 0;
        foreach (SoundRow id in Ids())
        {
            float[] vector = new float[matrix.Columns];
            matrix.Read(vector);
            yield return new SoundRow(++number, id.Sound is { } sound ? sound with { Vector = vector } : null, id.Problem);
        }
    }

    public void Dispose() => matrix.Dispose();

    private IEnumerable<SoundRow> Ids()
    {
        using ISoundRows? table = Path.GetExtension(idsPath).ToLowerInvariant() switch
        {
            ".csv" => new CsvSoundRows(idsPath),
            ".jsonl" or ".ndjson" => new JsonSoundRows(idsPath, lines: true),
            _ => null,
        };
        foreach (SoundRow row in table?.Rows() ?? Plain())
        {
            yield return row;
        }
    }

    private IEnumerable<SoundRow> Plain()
    {
        const int MaxLine = 4096;
        using FileStream stream = File.OpenRead(idsPath);
        var reader = new LineReader(stream, idsPath, MaxLine);
        while (reader.TryRead(out ReadOnlyMemory<byte> line))
        {
            string text = Encoding.UTF8.GetString(line.Span).Trim();
            if (text.Length > 0)
            {
                yield return SoundFields.Make(reader.Number, names => names == SoundFields.Id || names == SoundFields.Url ? text : null, null);
            }
        }
    }
}
