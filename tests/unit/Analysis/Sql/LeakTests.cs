// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;
using L7Trace.Export;
using L7Trace.Export.Json;
using L7Trace.Export.Text;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Sql;

/// <summary>
/// A secret stands in random statements as a literal of every form and in comments. Whatever sql_mode the server has,
/// however much it tells of it, and wherever the text is cut: no output shows the secret.
/// </summary>
public sealed class LeakTests
{
    // Digits alone, so that it can be every kind of literal; long enough to be nowhere by chance.
    private const string Secret = "4815162342";

    private static readonly string[] s_frames =
    [
        "SELECT a, b FROM t WHERE c = {0} AND d IN ({1}, {2})",
        "INSERT INTO t (a, b) VALUES ({0}, {1}), ({2}, 'x')",
        "UPDATE t SET a = {0}, b = b + {1} WHERE c LIKE {2} LIMIT 1",
        "SELECT {0}\t{1}  {2} FROM `we'ird`",
        "CALL p({0}, @x, {1}) -- {2}",
        "SELECT /*!50001 {0} , */ {1} FROM t /* {2} */ WHERE a = \"x\"",
        "SELECT a FROM t GROUP BY {0}, {1} ORDER BY 1, {2}",
        "SELECT /*+ SET_VAR(a = {0}) BKA({1}) */ a IN ({2}) FROM t",
        "SET @a = {0}; SELECT {1} UNION ALL SELECT {2} # end",
    ];

    private static readonly string[] s_plain =
    [
        "'{0}'", "\"{0}\"", "{0}", "-{0}", "{0}.5", ".{0}", "{0}e-3", "0x{0}", "x'{0}'", "X'{0}'", "N'{0}'", "n'{0}'",
        "_utf8mb4'{0}'", "_binary 0x{0}", "'a''{0}'", "'{0}''b'", "\"a\"\"{0}\"", "'' '{0}'", "DATE'{0}'",
        "1 /* {0} */", "1 /*{0}*/", "1 -- {0}\n", "1 # {0}\n", "'`{0}`'", "'/* {0}'", "'-- {0}'", "\"it's {0}\"",
        "'say \"{0}\"'", "1/*!99999 {0} */", "'\n{0}\n'", "'\0{0}'", "{0}abc",
    ];

    // Literals only where a backslash escapes, and where it doesn't.
    private static readonly string[] s_escaping = ["'it\\'s {0}'", "'a\\\\', '{0}'", "\"a\\\"{0}\"", "'{0}\\''", "'\\\\\\'{0}'"];
    private static readonly string[] s_literal = ["'a\\', '{0}'", "'\\', '{0}', '\\'", "'{0}\\'", "\"a\\\", \"{0}\""];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_literal_or_comment_shows_up_nowhere(bool noBackslashEscapes, bool modeIsTold)
    {
        var random = new Random(noBackslashEscapes ? 1 : 2);
        string[] forms = [.. s_plain, .. noBackslashEscapes ? s_literal : s_escaping];
        for (var round = 0; round < 1000; round++)
        {
            var frame = s_frames[random.Next(s_frames.Length)];
            var statement = string.Format(null, frame, Pick(random, forms), Pick(random, forms), Pick(random, forms));
            ushort? status = modeIsTold ? (ushort)(noBackslashEscapes ? 0x200 : 2) : null;
            AssertHidden(statement, 0, status);

            var cut = random.Next(1, statement.Length);
            AssertHidden(statement[..cut], statement.Length - cut, status);
        }
    }

    private static string Pick(Random random, string[] forms) =>
        forms[random.Next(forms.Length)].Replace("{0}", Secret, StringComparison.Ordinal);

    private static void AssertHidden(string statement, long missing, ushort? status)
    {
        var exchange = Some.Timed(
            new MySqlExchange
            {
                Connection = Some.ClientConnection(),
                Command = MySqlCommand.Query,
                StatementText = statement,
                StatementTextMissing = missing,
                ServerStatus = status,
                ErrorCode = status is null ? (ushort)1064 : null,
                ErrorMessage = "near '" + Secret + "'",
            },
            0, 1);
        var json = new MemoryStream();
        using var writer = new JsonLinesWriter(json);
        writer.Write(exchange);
        writer.Flush();
        var plain = new StringWriter();
        new PlainLineWriter(plain, zone: TimeZoneInfo.Utc).Write(exchange);

        // A cut may leave a part of the secret: the first half of it is as much of a leak.
        foreach (var output in (string[])
            [Redaction.Default.Statement(exchange)!, new DigestCache().Of(exchange).ToString()!,
                StatementDigest.Of(statement, missing > 0, status is null ? null : (status & 0x200) != 0, SqlDialect.MariaDb).Text,
                SanitizedQueryText.Of(statement, missing > 0, status is null ? null : (status & 0x200) != 0),
                QuerySummary.Of(statement, missing > 0, status is null ? null : (status & 0x200) != 0) ?? "",
                System.Text.Encoding.UTF8.GetString(json.ToArray()), plain.ToString()])
        {
            Assert.False(output.Contains(Secret[..5], StringComparison.Ordinal), $"{statement}\n-> {output}");
        }
    }
}
