using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace SoundSearch.Query.Store;

/// <summary>Short forms for statements whose parameters are named $p0, $p1 ...</summary>
public static class SqliteExtensions
{
    public static SqliteCommand Prepare(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue($"$p{i}", values[i] ?? DBNull.Value);
        }
        return command;
    }

    public static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        using SqliteCommand command = connection.Prepare(sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>First column of the first row; 0 when there is none.</summary>
    public static long ScalarInt64(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        using SqliteCommand command = connection.Prepare(sql, values);
        return command.ExecuteScalar() is long value ? value : 0;
    }

    /// <summary>First column of the first row; null when there is none.</summary>
    public static string? ScalarText(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        using SqliteCommand command = connection.Prepare(sql, values);
        return command.ExecuteScalar() as string;
    }

    public static string? Text(this SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>The bytes of a blob where SQLite holds them: valid until the reader moves.</summary>
    public static ReadOnlySpan<byte> Bytes(this SqliteDataReader reader, int column) =>
        SQLitePCL.raw.sqlite3_column_blob(reader.Handle!, column);

    /// <summary>The blob as half-precision numbers; empty when its length is odd.</summary>
    public static ReadOnlySpan<Half> Halves(this SqliteDataReader reader, int column)
    {
        ReadOnlySpan<byte> bytes = reader.Bytes(column);
        return bytes.Length % 2 == 0 ? MemoryMarshal.Cast<byte, Half>(bytes) : [];
    }
}
