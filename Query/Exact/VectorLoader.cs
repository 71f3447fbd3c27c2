using Microsoft.Data.Sqlite;
using SoundSearch.Query.Store;

namespace SoundSearch.Query.Exact;

/// <summary>
/// Keeps the newest <see cref="VectorRows"/>. When the database's generation has moved on, the first search that notices
/// reads what is new while others go on with the older snapshot; nobody waits for a writer.
/// </summary>
internal sealed class VectorLoader(int dimensions)
{
    private readonly Lock gate = new();
    private VectorRowsBuilder? builder;
    private volatile VectorRows? current;

    /// <summary>The rows as the connection's transaction sees them, or newer ones, or, while another thread is reading, the last ones.</summary>
    public VectorRows Get(SqliteConnection connection, bool needVectors)
    {
        long generation = LibrarySchema.ReadCounter(connection, "generation");
        VectorRows? rows = current;
        if (Serves(rows, needVectors) && rows!.Generation >= generation)
        {
            return rows;
        }
        if (Serves(rows, needVectors) && !gate.TryEnter())
        {
            return rows!;
        }
        if (!gate.IsHeldByCurrentThread)
        {
            gate.Enter();
        }
        try
        {
            rows = current;
            if (Serves(rows, needVectors) && rows!.Generation >= generation)
            {
                return rows;
            }
            return current = Read(connection, generation, needVectors || rows is { HasVectors: true });
        }
        catch
        {
            builder = null; // half of an append may be in it
            throw;
        }
        finally
        {
            gate.Exit();
        }
    }

    private static bool Serves(VectorRows? rows, bool needVectors) => rows is not null && (rows.HasVectors || !needVectors);

    private VectorRows Read(SqliteConnection connection, long generation, bool withVectors)
    {
        long epoch = LibrarySchema.ReadCounter(connection, "epoch");
        bool append = builder is not null && current is not null && current.Epoch == epoch && current.HasVectors == withVectors;
        if (!append || !Append(connection, withVectors, "WHERE id > $p0 ORDER BY id", builder!.LastSegment))
        {
            builder = new VectorRowsBuilder(dimensions, withVectors);
            if (!Append(connection, withVectors, "ORDER BY file, id"))
            {
                throw new InvalidOperationException("the segments do not come in the order of their files");
            }
        }
        return new VectorRows(builder!, generation, epoch);
    }

    private bool Append(SqliteConnection connection, bool withVectors, string tail, params ReadOnlySpan<object?> values)
    {
        // Without the vectors the index on segments(file) has all that is asked for.
        string columns = withVectors ? "id, file, embedding" : "id, file";
        using SqliteCommand command = connection.Prepare($"SELECT {columns} FROM segments {tail}", values);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (!builder!.Add(reader.GetInt64(0), reader.GetInt64(1), withVectors ? reader.Halves(2) : []))
            {
                return false;
            }
        }
        return true;
    }
}
