// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Analysis.Sql;
using L7Trace.Export;
using L7Trace.Export.Text;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Sql;

public sealed class FilledTextTests
{
    private const ushort Autocommit = 0x0002;
    private const ushort NoBackslashEscapes = 0x0200;

    [Theory]
    [InlineData("SELECT ?", "SELECT 'a'")]
    [InlineData("SELECT '?', \"?\", `?`, ? -- ?", "SELECT '?', \"?\", `?`, 'a' -- ?")]
    [InlineData("SELECT /* ? */ ? # ?", "SELECT /* ? */ 'a' # ?")]
    [InlineData("SELECT 'it''s ?' , ?", "SELECT 'it''s ?' , 'a'")]
    [InlineData("SELECT 'it\\'s ?' , ?", "SELECT 'it\\'s ?' , 'a'")]
    [InlineData("SELECT N? x", "SELECT N 'a' x")]
    [InlineData("SELECT /*! ? */", "SELECT /*! 'a' */")]
    public void Markers_are_filled_and_question_marks_elsewhere_stay(string text, string filled)
    {
        Assert.Equal(filled, FilledText.Of(Execution(text, [Text("a")])));
    }

    [Fact]
    public void Numbers_stand_bare_and_apart_from_their_neighbours()
    {
        var values = new[] { Int(5), Int(-7), Int(10) };

        Assert.Equal("SELECT a-5 FROM t WHERE b- -7 LIMIT 10", FilledText.Of(Execution("SELECT a-? FROM t WHERE b-? LIMIT?", values)));
    }

    [Theory]
    [InlineData("SELECT ?, ?")]
    [InlineData("SELECT 1")]
    public void Another_number_of_markers_than_of_values_leaves_the_text_as_it_was_prepared(string text)
    {
        Assert.Equal(text, FilledText.Of(Execution(text, [Text("a")])));
    }

    [Fact]
    public void Where_it_is_not_sure_which_question_mark_is_a_marker_nothing_is_filled()
    {
        const string doubtful = "SELECT 'a\\' , ? , '";

        Assert.Equal(doubtful, FilledText.Of(Execution(doubtful, [Text("a")], status: null)));
        Assert.Equal("SELECT 'a\\' , 'x' , ''", FilledText.Of(Execution(doubtful + "'", [Text("x")], status: NoBackslashEscapes)));
    }

    [Theory]
    [InlineData("it's", Autocommit, "'it''s'")]
    [InlineData("it's", null, "'it''s'")]
    [InlineData("a\\b", Autocommit, "'a\\\\b'")]
    [InlineData("a\\b", NoBackslashEscapes, "'a\\b'")]
    [InlineData("a\\b", null, "_utf8mb4 x'615C62'")]
    [InlineData("\\' OR 1=1 -- ", null, "_utf8mb4 x'5C27204F5220313D31202D2D20'")]
    [InlineData("two\nlines\r\0\u001a", Autocommit, "'two\\nlines\\r\\0\\Z'")]
    [InlineData("nul\0", NoBackslashEscapes, "_utf8mb4 x'6E756C00'")]
    [InlineData("", Autocommit, "''")]
    public void A_text_is_quoted_so_that_the_session_reads_it_back(string text, ushort? status, string literal)
    {
        Assert.Equal($"SELECT {literal}", FilledText.Of(Execution("SELECT ?", [Text(text)], status)));
    }

    [Fact]
    public void Other_values_are_literals_of_their_kind()
    {
        MySqlParameter[] values =
        [
            new(MySqlFieldType.Null, false, MySqlParameterState.Null, default, 0, null),
            new(MySqlFieldType.Double, false, MySqlParameterState.Value, BitConverter.GetBytes(1e-7), 8, null),
            new(MySqlFieldType.NewDecimal, false, MySqlParameterState.Value, "-12.50"u8.ToArray(), 6, null),
            new(MySqlFieldType.NewDecimal, false, MySqlParameterState.Value, "1; DROP"u8.ToArray(), 7, null),
            new(MySqlFieldType.Date, false, MySqlParameterState.Value, new byte[] { 0xea, 7, 11, 5 }, 4, null),
            new(MySqlFieldType.Time, false, MySqlParameterState.Value, new byte[] { 1, 1, 0, 0, 0, 2, 3, 4 }, 8, null),
            new(MySqlFieldType.Blob, false, MySqlParameterState.Value, new byte[] { 0xff, 0 }, 2, null),
            new(MySqlFieldType.Blob, false, MySqlParameterState.Value, "abc"u8.ToArray(), 9000, null),
            new(MySqlFieldType.Long, false, MySqlParameterState.Default, default, 0, null),
            new(MySqlFieldType.Long, false, MySqlParameterState.NotCaptured, default, 0, null),
        ];

        Assert.Equal(
            "NULL|1E-07|-12.50|'1; DROP'|'2026-11-05'|'-26:03:04'|x'FF00'|'abc' /* the beginning of 9000 bytes */|DEFAULT|?",
            string.Join('|', values.Select(value => SqlLiteral.Of(value, false))));
    }

    [Fact]
    public void Of_many_rows_the_first_is_filled_in_and_that_is_said()
    {
        Assert.Equal(
            "INSERT INTO t VALUES ('a') /* the first of 3 rows */",
            FilledText.Of(Execution("INSERT INTO t VALUES (?)", [Text("a")], rows: 3)));
    }

    [Fact]
    public void Lines_show_values_only_when_secrets_may_be_shown()
    {
        var exchange = Execution("SELECT ? + 1", [Text("s3cret")]);

        Assert.Equal("COM_STMT_EXECUTE SELECT ? + ?", PlainLineWriter.TextOf(exchange, Redaction.Default));
        Assert.Equal("COM_STMT_EXECUTE SELECT 's3cret' + 1", PlainLineWriter.TextOf(exchange, Redaction.Off));
        var unseen = Execution(null, [Text("s3cret"), Int(4)]);
        Assert.Equal("COM_STMT_EXECUTE #5", PlainLineWriter.TextOf(unseen, Redaction.Default));
        Assert.Equal("COM_STMT_EXECUTE #5 ('s3cret', 4)", PlainLineWriter.TextOf(unseen, Redaction.Off));
    }

    private static MySqlParameter Text(string text) => new(
        MySqlFieldType.VarString, false, MySqlParameterState.Value, Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetByteCount(text), null);

    private static MySqlParameter Int(int value) =>
        new(MySqlFieldType.Long, false, MySqlParameterState.Value, BitConverter.GetBytes(value), 4, null);

    private static MySqlExchange Execution(
        string? text, IReadOnlyList<MySqlParameter> values, ushort? status = Autocommit, int? rows = null) => new()
        {
            Connection = Some.ClientConnection(),
            Command = MySqlCommand.StatementExecute,
            StatementText = text,
            StatementId = 5,
            ServerStatus = status,
            BatchSize = rows,
            Parameters = new MySqlParameters(values, []),
        };
}
