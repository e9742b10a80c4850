// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Sql;

public sealed class DigestCacheTests
{
    private static readonly string[] s_pieces =
    [
        "SELECT", " ", "  ", "\n", "a", "from", "1", "1.", "1.5", ".5", "-", "+", "0x1F", "x'1'", "N'x'", "'it''s'", "'b'",
        "\"q\"", "`id`", "`open", "'open", "N'open", "\"open", "(", ")", ",", ".", "@", "@@", "@v", "=", "<=>", "IN", "NULL",
        "NOT", "count", "_utf8mb4", "/* c */", "/*!50001 ", "*/", "/* open", "-- line\n", "# x@@\n", "-- open", "12ab", "?", ";",
        "ORDER BY ", "BY", "48151", "b'1'", "X'1", "/*+ BKA(t, 'x') */", "/*+", "/*M! ", "/*!50701 ", "LIMIT",
        "VALUES", "é", "\\", "\\'", "\x01", "\x07", "\0", "e5",
    ];

    [Fact]
    public void What_is_kept_of_a_statement_is_what_every_statement_like_it_would_get()
    {
        var random = new Random(7);
        var cache = new DigestCache();
        for (var round = 0; round < 60_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => s_pieces[random.Next(s_pieces.Length)]));
            var exchange = Query(text, random.Next(3) switch { 0 => null, 1 => 0x200, _ => 2 }, random.Next(2) == 0);
            var dialect = DigestCache.DialectOf(exchange);
            var raw = DigestCache.BackslashesAreLiteral(exchange);
            Assert.Equal(StatementDigest.Of(text, cut: false, raw, dialect), cache.Of(exchange));
            Assert.Equal(RedactedText.Of(text, cut: false, raw, dialect), cache.RedactedOf(exchange));
        }
    }

    [Fact]
    public void A_statement_that_differs_in_its_literals_costs_nothing_anew()
    {
        var cache = new DigestCache();
        var exchanges = Enumerable.Range(0, 1000).Select(n => Query($"SELECT c FROM t WHERE id = {n} AND s = 'v{n}'", 2)).ToArray();
        Assert.NotNull(cache.RedactedOf(exchanges[0]));

        Assert.Equal(0, Allocated.AtLeastBy(() => Ask(cache, exchanges)));
    }

    [Fact]
    public void What_each_statement_costs_anew_shows_in_that_measure()
    {
        var exchanges = Enumerable.Range(0, 10).Select(n => Query($"SELECT c{n} FROM t", 2)).ToArray();

        Assert.InRange(Allocated.AtLeastBy(() => Ask(new DigestCache(), exchanges)), 10 * 40, long.MaxValue);
    }

    private static void Ask(DigestCache cache, MySqlExchange[] exchanges)
    {
        foreach (var exchange in exchanges)
        {
            cache.Of(exchange);
            cache.RedactedOf(exchange);
        }
    }

    private static MySqlExchange Query(string text, ushort? status, bool isMariaDb = false) => new()
    {
        Connection = Some.ClientConnection(),
        Command = MySqlCommand.Query,
        StatementText = text,
        ServerStatus = status,
        IsMariaDb = isMariaDb,
    };
}
