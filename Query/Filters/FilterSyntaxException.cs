namespace SoundSearch.Query.Filters;

/// <summary>A filter that cannot be understood: says where, what was expected and what was found.</summary>
public sealed class FilterSyntaxException(string filter, int position, string expected, string found)
    : FormatException($"The filter \"{filter}\" at character {position + 1}: expected {expected}, found {found}.")
{
    /// <summary>Characters before the mistake.</summary>
    public int Position { get; } = position;
}
