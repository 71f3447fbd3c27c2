using System.Globalization;
using System.Text;

namespace SoundSearch.Query.Filters;

internal enum FilterTokenKind
{
    End,
    Word,
    Number,
    Text,
    Symbol,
}

/// <summary>The words of a filter, one at a time.</summary>
internal sealed class FilterTokens
{
    private static readonly string[] Symbols = ["<=", ">=", "!=", "<>", "==", "<", ">", "=", "(", ")", ","];
    private readonly string filter;
    private int start;
    private int end;

    public FilterTokens(string filter)
    {
        this.filter = filter;
        Next();
    }

    public FilterTokenKind Kind { get; private set; }

    /// <summary>The token; of a text, what stands in the quotes.</summary>
    public string Text { get; private set; } = "";

    public void Next()
    {
        start = end;
        while (start < filter.Length && char.IsWhiteSpace(filter[start]))
        {
            start++;
        }
        end = start;
        if (start == filter.Length)
        {
            Set(FilterTokenKind.End, "");
            return;
        }
        char first = filter[start];
        if (char.IsAsciiLetter(first))
        {
            Take(FilterTokenKind.Word, c => char.IsAsciiLetterOrDigit(c) || c == '_');
        }
        else if (first is '\'' or '"')
        {
            Quoted(first);
        }
        else if (char.IsAsciiDigit(first) || first is '.' or '-' or '+')
        {
            Take(FilterTokenKind.Number, c => char.IsAsciiDigit(c) || c is '.' or 'e' or 'E' or '-' or '+');
            if (!double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            {
                throw Error("a number");
            }
        }
        else
        {
            string? symbol = Array.Find(Symbols, s => string.CompareOrdinal(filter, start, s, 0, s.Length) == 0);
            end = start + 1;
            Set(FilterTokenKind.Symbol, symbol ?? filter[start..end]);
            if (symbol is null)
            {
                throw Error("a field, a comparison or a value");
            }
            end = start + symbol.Length;
        }
    }

    /// <summary>Takes the word when it stands here.</summary>
    public bool TryWord(string word) => Try(Kind == FilterTokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Takes the symbol when it stands here.</summary>
    public bool TrySymbol(string symbol) => Try(Kind == FilterTokenKind.Symbol && Text == symbol);

    public void Expect(string symbol)
    {
        if (!TrySymbol(symbol))
        {
            throw Error($"'{symbol}'");
        }
    }

    public FilterSyntaxException Error(string expected) =>
        new(filter, start, expected, Kind == FilterTokenKind.End ? "the end" : $"'{filter[start..end]}'");

    private bool Try(bool here)
    {
        if (here)
        {
            Next();
        }
        return here;
    }

    private void Take(FilterTokenKind kind, Func<char, bool> belongs)
    {
        while (end < filter.Length && belongs(filter[end]))
        {
            end++;
        }
        Set(kind, filter[start..end]);
    }

    private void Quoted(char quote)
    {
        var text = new StringBuilder();
        for (end = start + 1; end < filter.Length; end++)
        {
            if (filter[end] == quote && (end + 1 == filter.Length || filter[end + 1] != quote))
            {
                end++;
                Set(FilterTokenKind.Text, text.ToString());
                return;
            }
            text.Append(filter[end]);
            end += filter[end] == quote ? 1 : 0;
        }
        Set(FilterTokenKind.Text, text.ToString());
        throw Error($"a closing {quote}");
    }

    private void Set(FilterTokenKind kind, string text) => (Kind, Text) = (kind, text);
}
