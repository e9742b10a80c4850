// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Where;
using Xunit;

namespace L7Trace.UnitTests.Export.Where;

public sealed class WhereErrorTests
{
    [Theory]
    [InlineData("", 0, "a test is missing here, as in duration > 50ms")]
    [InlineData("duration > 50", 11, "a duration needs a unit, as in 50ms; units are ns, us, ms, s, m, h")]
    [InlineData("duration > 5 0ms", 11, "a duration needs a unit, as in 5ms")]
    [InlineData("duration > fast", 11, "duration is a duration, and 'fast' is not a duration")]
    [InlineData("db.query.txt ~ a", 0, "unknown field 'db.query.txt'; did you mean 'db.query.text'?")]
    [InlineData("tls && status_code == 1", 7, "unknown field 'status_code'; did you mean 'db.response.status_code'")]
    [InlineData("frobnicate == 1", 0, "unknown field 'frobnicate'; l7trace fields lists them")]
    [InlineData("Duration > 1s", 0, "did you mean 'duration'?")]
    [InlineData("50ms < duration", 0, "a field stands here, on the left: duration > 50ms")]
    [InlineData("'a' == db.user", 0, "a test begins with a field")]
    [InlineData("db.user = root", 8, "there is no =; write ==")]
    [InlineData("db.user =~ root", 8, "there is no =~; write ~")]
    [InlineData("db.user <> root", 8, "there is no <>; write !=")]
    [InlineData("tls & tls", 4, "there is no &; write &&")]
    [InlineData("tls | tls", 4, "there is no |; write ||")]
    [InlineData("tls tls", 4, "write && or || between two tests")]
    [InlineData("tls)", 3, "nothing is open here")]
    [InlineData("(tls", 4, "a ) is missing")]
    [InlineData("tls &&", 6, "a test is missing here")]
    [InlineData("duration", 8, "what shall duration_ns be?")]
    [InlineData("duration >", 10, "a value is missing behind >")]
    [InlineData("db.user == 'root", 11, "the ' is never closed")]
    [InlineData("db.user < root", 8, "db.user is text and has no order; write ==, !=, ~, !~ or in")]
    [InlineData("tls > true", 4, "tls is true or false and has no order; write tls or !tls")]
    [InlineData("tls == maybe", 7, "tls is true or false")]
    [InlineData("protocol == mysq", 12, "protocol is never 'mysq'; it is one of mysql, http, websocket, tls, other, unknown; did you mean 'mysql'?")]
    [InlineData("client.port == http", 15, "client.port is a whole number, and 'http' is none")]
    [InlineData("client.port == 1.5", 15, "client.port is a whole number")]
    [InlineData("mysql.response.bytes > 1.5MiB", 23, "mysql.response.bytes is a size, and '1.5MiB' is none; write for example 4096, 64KiB or 10MiB")]
    [InlineData("start > 2026-11-23", 8, "start is a time, and '2026-11-23' is none; write for example 2026-11-23T03:15:09Z")]
    [InlineData("start > 2026-11-23T03:15:09", 8, "start is a time")]
    [InlineData("duration ~ 5", 9, "duration_ns is no text")]
    [InlineData("db.user ~ 'a(b'", 10, "the regular expression is wrong at its character")]
    [InlineData("db.user ~ '(?=a)'", 10, "the regular expression is too large, or has what linear time rules out")]
    [InlineData("db.user ~ '(a{1000}){1000}'", 10, "the regular expression is too large")]
    [InlineData("client.address == server.address", 18, "server.address is a field, and a field is compared with a value")]
    [InlineData("duration > server.duration", 11, "server.duration is a field")]
    [InlineData("has(db.user, tls)", 11, "has() takes one field")]
    [InlineData("db.user in root", 11, "values in parentheses belong behind in")]
    [InlineData("db.user in (root", 16, "a , or ) is missing")]
    [InlineData("db.user == #", 11, "this sign has no meaning here; text with such signs needs quotes")]
    public void What_is_wrong_is_said_with_its_place(string expression, int position, string message)
    {
        Assert.Null(WhereExpression.TryParse(expression, out var error));
        Assert.NotNull(error);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(position, error.Position);
    }

    [Fact]
    public void Length_and_depth_are_bounded()
    {
        Assert.NotNull(WhereExpression.TryParse(new string('(', 100) + "tls" + new string(')', 100), out _));
        Assert.Null(WhereExpression.TryParse(new string('(', 101) + "tls" + new string(')', 101), out var deep));
        Assert.Contains("at most 100 deep", deep!.Message, StringComparison.Ordinal);
        Assert.Null(WhereExpression.TryParse(new string('!', 3990) + "tls", out _));
        Assert.NotNull(WhereExpression.TryParse(string.Join("||", Enumerable.Repeat("tls", 800)), out _));
        Assert.Null(WhereExpression.TryParse("tls" + new string(' ', 4000), out var tooLong));
        Assert.Contains("at most 4000 characters", tooLong!.Message, StringComparison.Ordinal);
        Assert.Null(WhereExpression.TryParse($"db.user ~ '{new string('a', 1001)}'", out var pattern));
        Assert.Contains("at most 1000 characters", pattern!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tls && dration > 1s", "    tls && dration > 1s\n           ^")]
    [InlineData("db.user == '\u6f22\u5b57' && x == 1", "    db.user == '\u6f22\u5b57' && x == 1\n                         ^")]
    [InlineData("db.user == '\u001b[2J' && x == 1", "    db.user == '\u00b7[2J' && x == 1\n                         ^")]
    public void A_caret_stands_below_the_mistake(string expression, string shown)
    {
        Assert.Null(WhereExpression.TryParse(expression, out var error));
        Assert.EndsWith(shown, error!.Show(expression), StringComparison.Ordinal);
    }
}
