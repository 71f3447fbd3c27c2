using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Query.Filters;

namespace SoundSearch.Tests.Query;

public sealed class SearchFilterTests
{
    [Test]
    public void Values_become_parameters_never_sql()
    {
        SearchFilter filter = SearchFilter.Parse("""path like '%x''; DROP TABLE files;--%' and name = "a""b" or duration<5""");
        Assert.Multiple(() =>
        {
            Assert.That(filter.Values, Is.EqualTo(new object[] { "%x'; DROP TABLE files;--%", "a\"b", 5.0 }));
            Assert.That(filter.Sql, Does.Not.Contain("DROP").And.Contains("$f0").And.Contains("$f1").And.Contains("$f2"));
        });
    }

    [TestCase("", 0, "a field")]
    [TestCase("duration", 8, "a comparison of duration")]
    [TestCase("duration < 'five'", 11, "a number for duration")]
    [TestCase("duration < five", 11, "a number for duration")]
    [TestCase("name < 'a'", 5, "a comparison of name")]
    [TestCase("name = 5", 7, "a text in quotes for name")]
    [TestCase("name = 'open", 7, "a closing '")]
    [TestCase("loudness > 3", 0, "a field (duration, sampleRate")]
    [TestCase("duration < 5 duration > 3", 13, "'and', 'or' or the end")]
    [TestCase("(duration < 5", 13, "')'")]
    [TestCase("duration < 5; drop table files", 12, "a field, a comparison or a value")]
    [TestCase("duration < 1e999", 11, "a number")]
    [TestCase("duration between 1 or 2", 19, "'and'")]
    [TestCase("channels in ()", 13, "a number for channels")]
    [TestCase("channels in 2", 12, "'('")]
    [TestCase("duration not = 2", 13, "in, between")]
    public void Mistakes_are_pointed_at(string filter, int position, string expected)
    {
        var error = Assert.Throws<FilterSyntaxException>(() => SearchFilter.Parse(filter))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Position, Is.EqualTo(position), error.Message);
            Assert.That(error.Message, Does.Contain("expected " + expected));
        });
    }

    [Test]
    public void Deep_and_long_filters_are_refused_before_they_cost_anything()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => SearchFilter.Parse(new string('(', 100_000)), Throws.TypeOf<FilterSyntaxException>());
            Assert.That(() => SearchFilter.Parse(string.Join(" or ", Enumerable.Repeat("channels = 1", 1000))), Throws.TypeOf<FilterSyntaxException>());
            Assert.That(() => SearchFilter.Parse("channels in (" + string.Join(',', Enumerable.Repeat("1", 1000)) + ")"), Throws.TypeOf<FilterSyntaxException>());
        });
    }

    [Test]
    public void Any_text_either_parses_or_is_a_syntax_error()
    {
        string[] words = ["duration", "path", "name", "<", "<=", "=", "!=", "(", ")", "and", "or", "not", "like", "in", "between", "contains", ",", "5", "-1.5", "'a'", "\"b\"", ";", "--", "'"];
        Arbitrary<string> filters = Gen.Elements(words).ListOf().Select(list => string.Join(' ', list)).ToArbitrary();
        Prop.ForAll(filters, filter =>
        {
            try
            {
                SearchFilter.Parse(filter);
            }
            catch (FilterSyntaxException)
            {
                // A mistake, said as one.
            }
        }).QuickCheckThrowOnFailure();
    }
}
