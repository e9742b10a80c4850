// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Export;
using L7Trace.Export.Fields;
using L7Trace.Export.Where;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export.Where;

public sealed class WhereExpressionTests
{
    private static readonly MySqlExchange s_failed = Some.Timed(
        new MySqlExchange
        {
            Connection = Some.ClientConnection(),
            Command = MySqlCommand.Query,
            StatementText = "INSERT INTO orders VALUES (1, 'alice')",
            Schema = "shop",
            User = "o'brien",
            ErrorCode = 1062,
            ErrorMessage = "Duplicate entry 'alice'",
            SqlState = "23000",
            AffectedRows = ulong.MaxValue,
            ResponseBytes = 65536,
        },
        0, 60);

    [Theory]
    [InlineData("db.response.status_code != 0 && duration > 50ms && db.query.text ~ \"orders\"")]
    [InlineData("duration == 60ms")]
    [InlineData("duration_ns >= 0.06s")]
    [InlineData("duration<1m30s&&duration>59999us")]
    [InlineData("duration <= 60000000ns and not (duration < 60000µs)")]
    [InlineData("db.response.status_code == 1062")]
    [InlineData("db.response.status_code == '1062'")]
    [InlineData("db.response.status_code ~ ^10")]
    [InlineData("db.response.status_code in (1, 1062)")]
    [InlineData("db.response.status_code not in (1, 2)")]
    [InlineData("error.type == 1062")]
    [InlineData("mysql.response.bytes == 64KiB AND mysql.response.bytes > 65535")]
    [InlineData("mysql.affected_rows == 18446744073709551615")]
    [InlineData("mysql.affected_rows > -1")]
    [InlineData("protocol == MySQL")]
    [InlineData("role in (client, server)")]
    [InlineData("!tls")]
    [InlineData("tls == false")]
    [InlineData("tls != true")]
    [InlineData("not tls")]
    [InlineData("has(db.namespace) && !has(mysql.warnings)")]
    [InlineData("start >= 2023-11-14T22:13:20Z && start < 2023-11-14T23:13:20.000000001+01:00")]
    [InlineData("client.address == 127.0.0.1 && client.address == ::ffff:127.0.0.1 && client.port == 50000")]
    [InlineData("db.user == \"o'brien\" && db.user == 'o\\'brien'")]
    [InlineData("db.query.text ~ '\\binto\\b' || db.query.text ~ '(?i)\\binto\\b'")]
    [InlineData("db.query.text !~ select")]
    [InlineData("db.namespace != other")]
    [InlineData("connection.id == 1 && id ~ ^1-")]
    [InlineData("v == 1 && type == exchange")]
    [InlineData("tls || tls || duration > 1ms && !tls")]
    [InlineData("((((duration > 1ms))))")]
    public void These_hold(string expression) => Assert.Equal(WhereTruth.True, Test(expression, s_failed));

    [Theory]
    [InlineData("db.namespace == Shop")]
    [InlineData("db.query.text ~ 'insert'")]
    [InlineData("tls")]
    [InlineData("duration > 60ms")]
    [InlineData("mysql.affected_rows < 18446744073709551615")]
    [InlineData("db.namespace not in (shop)")]
    [InlineData("!(db.response.status_code == 1062)")]
    [InlineData("has(http.request.method)")]
    public void These_do_not_hold(string expression) => Assert.Equal(WhereTruth.False, Test(expression, s_failed));

    [Theory]
    [InlineData("http.response.status_code == 200")]
    [InlineData("http.response.status_code != 200")]
    [InlineData("!(http.response.status_code == 200)")]
    [InlineData("url.path ~ x")]
    [InlineData("url.path !~ x")]
    [InlineData("mysql.warnings in (1)")]
    [InlineData("mysql.warnings not in (1)")]
    [InlineData("mysql.warnings < 1 && duration > 1ms")]
    [InlineData("mysql.warnings < 1 || duration > 1s")]
    public void A_comparison_with_what_is_not_known_is_unknown_and_so_is_its_opposite(string expression) =>
        Assert.Equal(WhereTruth.Unknown, Test(expression, s_failed));

    [Theory]
    [InlineData("mysql.warnings < 1 || duration > 1ms", WhereTruth.True)]
    [InlineData("mysql.warnings < 1 && duration > 1s", WhereTruth.False)]
    [InlineData("!has(mysql.warnings) || mysql.warnings < 1", WhereTruth.True)]
    public void What_is_not_known_decides_nothing_where_the_other_side_decides(string expression, WhereTruth truth) =>
        Assert.Equal(truth, Test(expression, s_failed));

    [Theory]
    [InlineData("duration > 900ms", WhereTruth.True)]
    [InlineData("duration >= 1s", WhereTruth.True)]
    [InlineData("duration != 900ms", WhereTruth.True)]
    [InlineData("duration < 900ms", WhereTruth.False)]
    [InlineData("duration < 1s", WhereTruth.False)]
    [InlineData("duration <= 900ms", WhereTruth.False)]
    [InlineData("duration == 900ms", WhereTruth.False)]
    [InlineData("duration > 1s", WhereTruth.Unknown)]
    [InlineData("duration <= 1s", WhereTruth.Unknown)]
    [InlineData("duration == 1s", WhereTruth.Unknown)]
    [InlineData("duration in (1s)", WhereTruth.Unknown)]
    [InlineData("has(duration)", WhereTruth.False)]
    [InlineData("age == 1s && state == running", WhereTruth.True)]
    public void What_runs_lasts_at_least_as_long_as_it_has_run(string expression, WhereTruth truth) =>
        Assert.Equal(truth, Test(expression, Some.Running(Some.Query("SELECT SLEEP(9)"))));

    [Fact]
    public void Literals_are_seen_only_with_secrets_shown()
    {
        Assert.Equal(WhereTruth.False, Test("db.query.text ~ alice", s_failed));
        Assert.Equal(WhereTruth.True, Test("db.query.text ~ alice", s_failed, Redaction.Off));
        Assert.Equal(WhereTruth.Unknown, Test("mysql.error_message ~ alice", s_failed));
        Assert.Equal(WhereTruth.True, Test("mysql.error_message ~ alice", s_failed, Redaction.Off));
        Assert.Equal(WhereTruth.False, Test("url.query ~ 4711", Some.Get("/a", "card=4711")));
        Assert.Equal(WhereTruth.True, Test("url.query == 'card=4711'", Some.Get("/a", "card=4711"), Redaction.Off));
    }

    [Fact]
    public void A_flag_of_the_server_that_is_not_written_when_false_is_known_to_be_false()
    {
        Assert.Equal(WhereTruth.True, Test("!mysql.no_index_used", Some.Query("SELECT 1", status: 2)));
        Assert.Equal(WhereTruth.True, Test("mysql.no_index_used", Some.Query("SELECT 1", status: 0x22)));
        Assert.Equal(WhereTruth.Unknown, Test("!mysql.no_index_used", Some.Query("SELECT 1", status: null)));
    }

    [Fact]
    public void A_list_is_asked_for_its_entries_and_an_empty_one_is_known()
    {
        var odd = new HttpExchange(Protocol.Http1) { Connection = Some.ClientConnection(), Warnings = Http1Warnings.BareReturn | Http1Warnings.BothLengths };

        Assert.Equal(WhereTruth.True, Test("http.warnings == bare_return && http.warnings == both_lengths && has(http.warnings)", odd));
        Assert.Equal(WhereTruth.True, Test("http.warnings in (bad_start_line, BARE_RETURN) && http.warnings ~ ^both", odd));
        Assert.Equal(WhereTruth.False, Test("http.warnings != bare_return", odd));
        Assert.Equal(WhereTruth.False, Test("http.warnings == bad_start_line", odd));
        Assert.Equal(WhereTruth.True, Test("http.warnings != bare_return && !has(http.warnings)", Some.Get("/")));
        Assert.Equal(WhereTruth.Unknown, Test("http.warnings != bare_return", s_failed));
    }

    [Theory]
    [InlineData("db.response.returned_rows > 11", WhereTruth.True)]
    [InlineData("db.response.returned_rows > 12", WhereTruth.Unknown)]
    [InlineData("db.response.returned_rows < 12", WhereTruth.False)]
    [InlineData("db.response.returned_rows != 11", WhereTruth.True)]
    [InlineData("mysql.returned_rows.lower_bound == 12", WhereTruth.True)]
    public void Rows_of_which_bytes_are_missing_are_at_least_as_many_as_were_seen(string expression, WhereTruth truth) =>
        Assert.Equal(truth, Test(expression, new MySqlExchange { Connection = Some.ClientConnection(), ReturnedRowsAtLeast = 12 }));

    [Fact]
    public void Each_tracked_variable_is_a_field_of_its_own()
    {
        var exchange = new MySqlExchange
        {
            Connection = Some.ClientConnection(),
            SessionChanges = new MySqlSessionChanges { SystemVariables = [new("sql_mode", "ANSI"), new("sql_mode", "")] },
        };

        Assert.Equal(WhereTruth.True, Test("mysql.system_variable.sql_mode == ''", exchange, Redaction.Off));
        Assert.Equal(WhereTruth.Unknown, Test("mysql.system_variable.time_zone == UTC", exchange, Redaction.Off));
        Assert.Equal(WhereTruth.Unknown, Test("mysql.system_variable.sql_mode == ''", exchange));
    }

    [Fact]
    public void Every_field_can_be_asked_for_and_its_own_value_matches()
    {
        var context = new FieldContext(Redaction.Default) { Now = Some.Epoch };
        Span<char> buffer = new char[ExchangeField.BufferSize];
        Exchange[] samples =
        [
            s_failed, Some.Get("/orders/17", "a=b"), Some.Running(Some.Query("SELECT 1")),
            Some.Query("SELECT 1", connection: new ConnectionInfo
            {
                Id = new ConnectionId(5), Local = new IPEndPoint(IPAddress.IPv6Loopback, 1), Remote = new IPEndPoint(IPAddress.IPv6Loopback, 2),
            }),
        ];
        foreach (var field in ExchangeFields.All)
        {
            Assert.True(WhereExpression.TryParse($"has({field.Name.Replace(ExchangeField.MemberMark, "x", StringComparison.Ordinal)})", out _) is not null, $"--where does not know {field.Name}");
            foreach (var exchange in samples)
            {
                if (field.TryText(context, exchange, buffer, out var text))
                {
                    var unit = field.Kind == FieldKind.Duration ? "ns" : "";
                    var quoted = text.ToString().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);
                    Assert.Equal((field.Name, WhereTruth.True), (field.Name, Test($"{field.Name} == '{quoted}{unit}'", exchange, now: Some.Epoch)));
                    Assert.Equal((field.Name, WhereTruth.False), (field.Name, Test($"{field.Name} != '{quoted}{unit}'", exchange, now: Some.Epoch)));
                }
            }
        }
    }

    [Fact]
    public void Numbers_flags_and_patterns_are_tested_without_allocation()
    {
        var expression = Parse("(duration > 1h || !tls) && server.port == 3306 && start > 2020-01-01T00:00:00Z && client.address != 10.0.0.1 && mysql.command ~ QUERY");
        var context = new FieldContext(Redaction.Default);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(WhereTruth.True, expression.Test(context, s_failed));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            expression.Test(context, s_failed);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    [Fact]
    public void Any_text_gives_an_expression_or_an_error_within_it()
    {
        string[] parts =
        [
            "duration", "db.query.text", "tls", "has", "(", ")", "!", "&&", "||", "and", "or", "not", "in", ",", "==", "!=", "~", "!~", "<", ">=",
            "50ms", "1062", "'a", "\"b\"", "'x(y'", "\\", "=", "&", "\u001b", "\ud800", " ", "2026-11-23T03:15:09Z", "protocol", "mysql", "(a{1000}){1000}",
        ];
        var random = new Random(11);
        var parsed = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ =>
                random.Next(8) == 0 ? ((char)random.Next(0x3000)).ToString() : parts[random.Next(parts.Length)] + (random.Next(2) == 0 ? " " : "")));
            if (WhereExpression.TryParse(text, out var error) is { } expression)
            {
                parsed++;
                expression.Test(new FieldContext(Redaction.Default), s_failed);
            }
            else
            {
                Assert.NotNull(error);
                Assert.InRange(error.Position, 0, text.Length);
                Assert.True(TerminalText.IsSafe(error.Show(text).Replace("\n", "", StringComparison.Ordinal)));
            }
        }

        Assert.InRange(parsed, 20, 20_000);
    }

    private static WhereTruth Test(string expression, Exchange exchange, Redaction? redaction = null, long? now = null) => Parse(expression)
        .Test(new FieldContext(redaction ?? Redaction.Default) { Now = now ?? (Some.Epoch + (1000 * Some.Millisecond)) }, exchange);

    private static WhereExpression Parse(string text)
    {
        var expression = WhereExpression.TryParse(text, out var error);
        Assert.True(expression is not null, $"{text}: {error}");
        return expression;
    }
}
