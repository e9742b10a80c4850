// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.SlowSql;
using L7Trace.Analysis.Sql;
using L7Trace.Export;
using L7Trace.Export.SlowSql;
using L7Trace.Export.SlowSql.Html;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export.SlowSql;

public sealed partial class StatementReportPageTests
{
    private static readonly string[] s_hostile =
    [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</style><style>*{display:none}",
        "</script><script>alert(1)</script>", "<!-- ", "]]>", "&lt;b&gt;&#60;i&#62;&amp;", "\u202egnp.exe\u2066", "a\u001b[2J\u0000\r\nb\u2028c\u0085",
        "\ud800 half", "`${alert(1)}`", "javascript:alert(1)", "\U000e0041", "{{7*7}}",
    ];

    [Fact]
    public void The_policy_lets_nothing_be_fetched_and_nothing_else_run()
    {
        var page = Page(Report(Some.Query("SELECT 1")));

        var policy = Regex.Match(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"([^\"]*)\"").Groups[1].Value.Replace("&#39;", "'", StringComparison.Ordinal);
        Assert.Equal(
            $"default-src 'none'; style-src '{Hash(Between(page, "<style>", "</style>"))}'; script-src '{Hash(Between(page, "<script>", "</script>"))}'; base-uri 'none'; form-action 'none'",
            policy);
    }

    [Fact]
    public void Captured_text_is_text_wherever_it_stands()
    {
        foreach (var text in s_hostile)
        {
            foreach (var redaction in (Redaction[])[Redaction.Default, Redaction.Off])
            {
                foreach (var grouping in Enum.GetValues<StatementGrouping>())
                {
                    AssertHarmless(Page(Report(grouping, Hostile(text)), redaction), text);
                }
            }
        }
    }

    [Fact]
    public void The_page_says_what_the_text_says()
    {
        var failed = new MySqlExchange { Connection = Some.ClientConnection(), Command = MySqlCommand.Query, StatementText = "SELECT x", Schema = "shop", ErrorCode = 1054, SqlState = "42S22" };
        var page = Page(Report(Some.Query("SELECT a FROM t WHERE b = 4711", duration: 20), Some.Timed(failed, 5, 1), Some.Running(Some.Query("SELECT SLEEP(9)"))));
        var text = XDocument.Parse(WithoutOwn(page)).Root!.Value;

        Assert.Contains("SELECT `a` FROM `t` WHERE `b` = ?", text, StringComparison.Ordinal);
        Assert.Contains("1054 (42S22) 1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", page, StringComparison.Ordinal);
        Assert.Contains("EXPLAIN SELECT a FROM t WHERE b = 4711;", Page(Report(Some.Query("SELECT a FROM t WHERE b = 4711")), Redaction.Off), StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_without_anything_is_a_page_too() => AssertHarmless(Page(Report()), "nothing of it");

    [Fact]
    public void The_text_is_harmless_to_a_terminal_and_to_a_client()
    {
        foreach (var hostile in s_hostile)
        {
            foreach (var redaction in (Redaction[])[Redaction.Default, Redaction.Off])
            {
                var output = new StringWriter();
                StatementReportText.Write(output, Report(StatementGrouping.Digest, Hostile(hostile)), new TraceSummary(), redaction);
                foreach (var line in output.ToString().TrimEnd('\n').Split('\n'))
                {
                    Assert.True(TerminalText.IsSafe(line), line);
                    Assert.Matches("^(#( |$)|EXPLAIN [A-Za-z(].*;$|USE `[^`\\\\]*`;$)", line);
                }
            }
        }
    }

    private static Exchange[] Hostile(string text)
    {
        var connection = new ConnectionInfo
        {
            Id = new ConnectionId(5),
            Role = EndpointRole.Client,
            ProcessId = 9,
            ProcessCommand = text,
            UnixPath = text,
        };
        MySqlExchange Make(string statement, ushort? error) => Some.Timed(
            new MySqlExchange
            {
                Connection = connection,
                Command = MySqlCommand.Query,
                StatementText = statement,
                Schema = text,
                User = text,
                ServerVersion = text,
                ErrorCode = error,
                SqlState = error is null ? null : text,
                ErrorMessage = text,
                ServerStatus = 2,
            },
            0, 1);
        return [Make($"SELECT '{text}' FROM `{text}`", null), Make(text, 1064), Make($"SELECT a {text}", null), Some.Running(Make(text, null))];
    }

    private static void AssertHarmless(string page, string hostile)
    {
        Assert.All(page, c => Assert.True(c is '\n' || TerminalText.IsSafe([c]), $"U+{(int)c:x4} of {hostile}"));
        var document = XDocument.Parse(WithoutOwn(page)); // well formed: nothing has broken out of its place
        Assert.All(document.Descendants(), element => Assert.Contains(element.Name.LocalName, s_elements));
        Assert.All(document.Descendants().SelectMany(element => element.Attributes()), attribute =>
        {
            Assert.Contains(attribute.Name.LocalName, s_attributes);
            Assert.True(attribute.Name.LocalName != "href" || Link().IsMatch(attribute.Value), attribute.Value);
        });
        Assert.Single(document.Descendants("script"));
        Assert.Single(document.Descendants("style"));
    }

    private static readonly string[] s_elements =
    [
        "html", "head", "meta", "title", "style", "script", "body", "header", "main", "footer", "h1", "h2", "p", "b", "code", "pre", "span", "div", "a",
        "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "button", "input", "figure", "figcaption", "details", "summary", "svg", "rect",
        "path", "text", "title",
    ];

    private static readonly string[] s_attributes =
    [
        "lang", "charset", "http-equiv", "content", "name", "id", "class", "type", "placeholder", "aria-label", "aria-hidden", "role", "scope", "title",
        "href", "data-v", "open", "viewBox", "preserveAspectRatio", "x", "y", "width", "height", "rx", "d", "text-anchor",
    ];

    private static StatementReport Report(params Exchange[] exchanges) => Report(StatementGrouping.Digest, exchanges);

    private static StatementReport Report(StatementGrouping grouping, Exchange[] exchanges)
    {
        var aggregator = new StatementAggregator(new ExchangeLabel(new DigestCache(), new RouteTable()), grouping);
        foreach (var exchange in exchanges.Where(exchange => exchange.State != ExchangeState.Running))
        {
            aggregator.OnExchange(exchange);
        }

        return aggregator.Build(
            Some.Epoch, Some.Epoch + (1000 * Some.Millisecond), inFlight: exchanges.Where(exchange => exchange.State == ExchangeState.Running));
    }

    private static string Page(StatementReport report, Redaction? redaction = null) =>
        StatementReportPage.Of(report, new TraceSummary(), redaction ?? Redaction.Default, "1.2");

    private static string WithoutOwn(string page) => page
        .Replace("<!DOCTYPE html>", "", StringComparison.Ordinal)
        .Replace(Between(page, "<style>", "</style>"), "", StringComparison.Ordinal)
        .Replace(Between(page, "<script>", "</script>"), "", StringComparison.Ordinal);

    private static string Between(string text, string from, string to)
    {
        var begin = text.IndexOf(from, StringComparison.Ordinal) + from.Length;
        return text[begin..text.IndexOf(to, begin, StringComparison.Ordinal)];
    }

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [GeneratedRegex("^#q[0-9]+$")]
    private static partial Regex Link();
}
