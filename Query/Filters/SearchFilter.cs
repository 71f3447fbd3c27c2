using System.Globalization;
using System.Text;

namespace SoundSearch.Query.Filters;

/// <summary>
/// A condition on files, written by the user, as parameterised SQL: no part of the text reaches the database as SQL.
/// <code>
/// or         = and { "or" and }
/// and        = not { "and" not }
/// not        = [ "not" ] ( "(" or ")" | comparison )
/// comparison = number-field ( "=" | "!=" | "&lt;" | "&lt;=" | "&gt;" | "&gt;=" ) number
///            | number-field [ "not" ] "between" number "and" number
///            | text-field ( "=" | "!=" | [ "not" ] ( "like" | "contains" ) ) text
///            | field [ "not" ] "in" "(" value { "," value } ")"
/// </code>
/// Number fields: duration (seconds), sampleRate (Hz), channels, size (bytes). Text fields: path (absolute), name (with its
/// ending), title, description, tags. Texts stand in 'single' or "double" quotes, doubled inside; they compare without
/// regard to the case of ASCII letters; like knows % (any run) and _ (any character). Words of the language and fields may
/// be written in any case.
/// </summary>
public sealed class SearchFilter
{
    private const int MaxComparisons = 200;
    private const int MaxDepth = 50;
    private const string NumberField = "number", TextField = "text";

    // {path} is replaced by the absolute path when the roots are known.
    private static readonly Dictionary<string, (string Kind, string Sql)> Fields = new(StringComparer.OrdinalIgnoreCase)
    {
        ["duration"] = (NumberField, "f.duration"),
        ["sampleRate"] = (NumberField, "f.sample_rate"),
        ["channels"] = (NumberField, "f.channels"),
        ["size"] = (NumberField, "f.size"),
        ["path"] = (TextField, "(r.path || '/' || f.path)"),
        ["name"] = (TextField, "f.name"),
        ["title"] = (TextField, "coalesce(f.title, '')"),
        ["description"] = (TextField, "coalesce(f.description, '')"),
        ["tags"] = (TextField, "coalesce(f.tags, '')"),
    };

    private readonly FilterTokens tokens;
    private readonly StringBuilder sql = new();
    private readonly List<object> values = [];
    private int comparisons;

    private SearchFilter(string text)
    {
        tokens = new FilterTokens(text);
        Or(0);
        if (tokens.Kind != FilterTokenKind.End)
        {
            throw tokens.Error("'and', 'or' or the end");
        }
        Sql = sql.ToString();
    }

    /// <summary>An SQL condition over f (files) and r (id and absolute path, separated by /, of their roots), with parameters $f0, $f1 ...</summary>
    public string Sql { get; }

    /// <summary>Values of the parameters: double or string.</summary>
    public IReadOnlyList<object> Values => values;

    /// <exception cref="FilterSyntaxException">Not in the language above.</exception>
    public static SearchFilter Parse(string text) => new(text);

    private void Or(int depth)
    {
        if (depth > MaxDepth)
        {
            throw tokens.Error($"at most {MaxDepth} parentheses in each other");
        }
        sql.Append('(');
        And(depth);
        while (tokens.TryWord("or"))
        {
            sql.Append(" OR ");
            And(depth);
        }
        sql.Append(')');
    }

    private void And(int depth)
    {
        sql.Append('(');
        Not(depth);
        while (tokens.TryWord("and"))
        {
            sql.Append(" AND ");
            Not(depth);
        }
        sql.Append(')');
    }

    private void Not(int depth)
    {
        if (tokens.TryWord("not"))
        {
            sql.Append("NOT ");
        }
        if (tokens.TrySymbol("("))
        {
            Or(depth + 1);
            tokens.Expect(")");
        }
        else
        {
            Comparison();
        }
    }

    private void Comparison()
    {
        if (++comparisons > MaxComparisons)
        {
            throw tokens.Error($"at most {MaxComparisons} comparisons");
        }
        if (tokens.Kind != FilterTokenKind.Word || !Fields.TryGetValue(tokens.Text, out (string Kind, string Sql) field))
        {
            throw tokens.Error("a field (" + string.Join(", ", Fields.Keys) + "), 'not' or '('");
        }
        string name = tokens.Text;
        tokens.Next();
        bool not = tokens.TryWord("not");
        // The comparison stands in parentheses so that NOT before it means all of it.
        sql.Append('(').Append(field.Sql);
        if (field.Kind == TextField)
        {
            sql.Append(" COLLATE NOCASE");
        }
        if (tokens.TryWord("in"))
        {
            In(name, field.Kind, not);
        }
        else if (field.Kind == NumberField && tokens.TryWord("between"))
        {
            sql.Append(not ? " NOT BETWEEN " : " BETWEEN ");
            Value(name, NumberField);
            if (!tokens.TryWord("and"))
            {
                throw tokens.Error("'and'");
            }
            sql.Append(" AND ");
            Value(name, NumberField);
        }
        else if (field.Kind == TextField && tokens.TryWord("like"))
        {
            sql.Append(not ? " NOT LIKE " : " LIKE ");
            Value(name, TextField);
        }
        else if (field.Kind == TextField && tokens.TryWord("contains"))
        {
            sql.Append(not ? " NOT LIKE " : " LIKE ");
            Value(name, TextField, text => "%" + text.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%");
            sql.Append(" ESCAPE '\\'");
        }
        else
        {
            Operator(name, field.Kind, not);
        }
        sql.Append(')');
    }

    private void Operator(string name, string kind, bool not)
    {
        string[] allowed = kind == NumberField ? ["=", "!=", "<", "<=", ">", ">="] : ["=", "!="];
        string symbol = tokens.Text switch { "==" => "=", "<>" => "!=", string other => other };
        if (not || tokens.Kind != FilterTokenKind.Symbol || Array.IndexOf(allowed, symbol) < 0)
        {
            string words = kind == NumberField ? "in, between" : "like, contains, in";
            throw tokens.Error(not ? words : $"a comparison of {name} ({string.Join(' ', allowed)}, {words})");
        }
        tokens.Next();
        sql.Append(' ').Append(symbol).Append(' ');
        Value(name, kind);
    }

    private void In(string name, string kind, bool not)
    {
        sql.Append(not ? " NOT IN (" : " IN (");
        tokens.Expect("(");
        do
        {
            if (sql[^1] != '(')
            {
                sql.Append(", ");
            }
            if (++comparisons > MaxComparisons)
            {
                throw tokens.Error($"at most {MaxComparisons} comparisons");
            }
            Value(name, kind);
        }
        while (tokens.TrySymbol(","));
        tokens.Expect(")");
        sql.Append(')');
    }

    private void Value(string name, string kind, Func<string, string>? change = null)
    {
        if (kind == NumberField)
        {
            if (tokens.Kind != FilterTokenKind.Number)
            {
                throw tokens.Error($"a number for {name}");
            }
            values.Add(double.Parse(tokens.Text, NumberStyles.Float, CultureInfo.InvariantCulture));
        }
        else
        {
            if (tokens.Kind != FilterTokenKind.Text)
            {
                throw tokens.Error($"a text in quotes for {name}");
            }
            // Paths are compared with / on every system.
            string text = OperatingSystem.IsWindows() && name.Equals("path", StringComparison.OrdinalIgnoreCase)
                ? tokens.Text.Replace('\\', '/')
                : tokens.Text;
            values.Add(change is null ? text : change(text));
        }
        tokens.Next();
        sql.Append(CultureInfo.InvariantCulture, $"$f{values.Count - 1}");
    }
}
