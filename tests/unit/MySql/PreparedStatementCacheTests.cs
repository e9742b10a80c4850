// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Protocols.MySql;
using Xunit;

namespace L7Trace.UnitTests.MySql;

public sealed class PreparedStatementCacheTests
{
    [Fact]
    public void When_full_by_count_the_statement_prepared_longest_ago_goes()
    {
        var cache = new PreparedStatementCache(new ParseLimits { MaxPreparedStatements = 3 });
        for (var id = 1u; id <= 5; id++)
        {
            cache.Add(id, $"SELECT {id}", 0);
        }

        Assert.Equal((3, 3 * 2L * 8), (cache.Count, cache.TextBytes));
        Assert.Equal([null, null, "SELECT 3", "SELECT 4", "SELECT 5"], Texts(cache, 5));
    }

    [Fact]
    public void When_full_by_bytes_as_many_of_the_oldest_go_as_the_new_one_needs()
    {
        var cache = new PreparedStatementCache(new ParseLimits { MaxPreparedText = 100 });
        cache.Add(1, new string('a', 20), 0);
        cache.Add(2, new string('b', 20), 0);
        cache.Add(3, new string('c', 45), 0);

        Assert.Equal((1, 90L), (cache.Count, cache.TextBytes));
        Assert.Equal([null, null, new string('c', 45)], Texts(cache, 3));
    }

    [Fact]
    public void A_text_longer_than_all_the_room_is_not_kept_and_drives_nothing_out()
    {
        var cache = new PreparedStatementCache(new ParseLimits { MaxPreparedText = 100 });
        cache.Add(1, "SELECT 1", 0);
        cache.Add(2, new string('x', 51), 0);

        Assert.Equal(["SELECT 1", null], Texts(cache, 2));
    }

    [Fact]
    public void An_id_given_out_again_has_the_new_text_and_the_new_age()
    {
        var cache = new PreparedStatementCache(new ParseLimits { MaxPreparedStatements = 2 });
        cache.Add(1, "old", 0);
        cache.Add(2, "two", 0);
        cache.Add(1, "new text", 7);
        cache.Add(3, "three", 0);

        Assert.Equal(["new text", null, "three"], Texts(cache, 3));
        Assert.True(cache.TryGet(1, out _, out var missing));
        Assert.Equal((7L, 2L * (8 + 5)), (missing, cache.TextBytes));
    }

    [Fact]
    public void A_reused_id_whose_new_text_is_too_long_does_not_keep_the_old_one()
    {
        var cache = new PreparedStatementCache(new ParseLimits { MaxPreparedText = 100 });
        cache.Add(1, "old", 0);
        cache.Add(1, new string('x', 51), 0);

        Assert.False(cache.TryGet(1, out _, out _));
        Assert.Equal(0, cache.TextBytes);
    }

    [Fact]
    public void A_statement_of_unknown_text_is_known_to_exist()
    {
        var cache = new PreparedStatementCache(ParseLimits.Default);
        cache.Add(1, null, 90);

        Assert.True(cache.TryGet(1, out var text, out var missing));
        Assert.Equal((null, 90L), (text, missing));
    }

    [Fact]
    public void A_statement_that_was_driven_out_drives_out_none_when_it_is_executed()
    {
        var cache = new PreparedStatementCache(new ParseLimits { MaxPreparedStatements = 2 });
        for (var id = 1u; id <= 3; id++)
        {
            cache.Add(id, $"SELECT {id}", 0);
        }

        Assert.Null(cache.FindOrAdd(1));
        Assert.Equal([null, "SELECT 2", "SELECT 3"], Texts(cache, 3));
        cache.Remove(2);
        Assert.NotNull(cache.FindOrAdd(1));
        Assert.Equal((2, "SELECT 3"), (cache.Count, cache.Find(3)?.Text));
    }

    [Fact]
    public void Preparing_and_closing_for_ever_keeps_no_more_than_what_is_open()
    {
        var cache = new PreparedStatementCache(new ParseLimits { MaxPreparedStatements = 4 });
        for (var id = 10u; id < 10_000; id++)
        {
            cache.Add(id, "SELECT 1", 0);
            cache.Remove(id);
        }

        Assert.Equal((0, 0L), (cache.Count, cache.TextBytes));
        cache.Add(1, "SELECT 1", 0);
        cache.Clear();
        Assert.Equal((0, 0L, false), (cache.Count, cache.TextBytes, cache.TryGet(1, out _, out _)));
    }

    [Fact]
    public void A_closed_and_reused_id_is_not_driven_out_in_place_of_its_forerunner()
    {
        var cache = new PreparedStatementCache(new ParseLimits { MaxPreparedStatements = 2 });
        cache.Add(1, "one", 0);
        cache.Add(2, "two", 0);
        cache.Remove(1);
        cache.Add(1, "one again", 0);
        cache.Add(3, "three", 0);

        Assert.Equal(["one again", null, "three"], Texts(cache, 3));
    }

    private static string?[] Texts(PreparedStatementCache cache, uint last)
    {
        var texts = new string?[last];
        for (var id = 1u; id <= last; id++)
        {
            texts[id - 1] = cache.TryGet(id, out var text, out _) ? text : null;
        }

        return texts;
    }
}
