using System.Globalization;
using Microsoft.Data.Sqlite;
using SoundSearch.Query.Filters;
using SoundSearch.Query.Store;

namespace SoundSearch.Query.Ranking;

/// <summary>A <see cref="SearchFilter"/> made into a query that gives the ids of the files it allows, for one state of the database.</summary>
internal sealed class FilterSql
{
    private readonly SearchFilter filter;
    private readonly IReadOnlyList<KeyValuePair<long, string>> roots;

    public FilterSql(SearchFilter filter, IReadOnlyDictionary<long, string> roots)
    {
        this.filter = filter;
        this.roots = [.. roots];
        IEnumerable<string> values = this.roots.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"($r{i}, $d{i})"));
        string table = this.roots.Count == 0 ? "SELECT 0, ''" : "VALUES " + string.Join(", ", values);
        Sql = $"WITH r(id, path) AS ({table}) SELECT f.id FROM files f JOIN r ON r.id = f.root WHERE f.status = 0 AND {filter.Sql}";
    }

    /// <summary>May stand in parentheses as a subquery.</summary>
    public string Sql { get; }

    /// <summary>Gives a command that contains <see cref="Sql"/> its values.</summary>
    public void AddTo(SqliteCommand command)
    {
        for (int i = 0; i < roots.Count; i++)
        {
            command.Parameters.AddWithValue($"$r{i}", roots[i].Key);
            command.Parameters.AddWithValue($"$d{i}", roots[i].Value.Replace('\\', OperatingSystem.IsWindows() ? '/' : '\\').TrimEnd('/'));
        }
        for (int i = 0; i < filter.Values.Count; i++)
        {
            command.Parameters.AddWithValue($"$f{i}", filter.Values[i]);
        }
    }

    /// <summary>Ids of the allowed files.</summary>
    public List<long> Files(SqliteConnection connection) => Ids(connection, Sql);

    /// <summary>Ids of the allowed files' segments.</summary>
    public List<long> Segments(SqliteConnection connection) => Ids(connection, $"SELECT id FROM segments WHERE file IN ({Sql})");

    private List<long> Ids(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.Prepare(sql);
        AddTo(command);
        using SqliteDataReader reader = command.ExecuteReader();
        var ids = new List<long>();
        while (reader.Read())
        {
            ids.Add(reader.GetInt64(0));
        }
        return ids;
    }
}
