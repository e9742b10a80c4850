// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.SlowLog;

/// <summary>
/// Writes statements as MariaDB's slow query log has them, for pt-query-digest, mysqldumpslow and what else reads such
/// logs (MariaDB Knowledge Base, "Slow Query Log Overview"). Statements that have ended and whose text and duration are
/// known; everything else is left out and counted. Lock_time and Rows_examined can't be seen on the wire: they are 0, and the
/// header says so. Not thread-safe.
/// </summary>
public sealed class SlowLogWriter : IExchangeSink, IDisposable
{
    private const int BufferSize = 64 * 1024;

    private readonly StreamWriter _writer;
    private readonly Redaction _redaction;
    private string _lastTime = "";

    /// <summary>Makes one and writes the header.</summary>
    /// <param name="stream">Where it goes; stays open.</param>
    /// <param name="version">l7trace's version.</param>
    /// <param name="redaction">What is withheld; the default when null.</param>
    public SlowLogWriter(Stream stream, string version, Redaction? redaction = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _redaction = redaction ?? Redaction.Default;
        _writer = new StreamWriter(stream, new UTF8Encoding(false), BufferSize, leaveOpen: true) { NewLine = "\n" };

        // Three lines that both readers know as a server's start and skip.
        _writer.WriteLine($"/l7trace for mysqld, Version: {LogText.Line(version)} (from the wire: Lock_time and Rows_examined cannot be seen and are 0). started with:");
        _writer.WriteLine("Tcp port: 0  Unix socket: -");
        _writer.WriteLine("Time\t\t    Id Command\tArgument");
    }

    /// <summary>Exchanges of other protocols, and statements without a known text or duration.</summary>
    public long LeftOut { get; private set; }

    /// <inheritdoc/>
    public void Write(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        if (exchange is not MySqlExchange { Command: MySqlCommand.Query or MySqlCommand.StatementExecute or MySqlCommand.StatementBulkExecute } statement ||
            statement.Duration is not { } duration || _redaction.FilledStatement(statement) is not { Length: > 0 } text)
        {
            LeftOut++;
            return;
        }

        WriteHead(statement, duration);
        _writer.Write(LogText.Statement(text));
        _writer.Write(";\n");
    }

    /// <inheritdoc/>
    public void Flush() => _writer.Flush();

    /// <summary>Writes what is buffered.</summary>
    public void Dispose() => _writer.Dispose();

    private void WriteHead(MySqlExchange statement, long duration)
    {
        // The log's times are those at which a statement ended, in seconds.
        var end = DateTime.UnixEpoch.AddTicks((statement.End ?? statement.Start) / 100);
        var time = end.ToString("yyMMdd HH:mm:ss", CultureInfo.InvariantCulture);
        if (time != _lastTime)
        {
            _lastTime = time;
            _writer.Write($"# Time: {time}\n");
        }

        var connection = statement.Connection;
        var user = LogText.Name(statement.User ?? "unknown");
        var host = LogText.Name(connection.ClientEndPoint?.Address.ToString() ?? "localhost");
        _writer.Write($"# User@Host: {user}[{user}] @ {host} [{(connection.ClientEndPoint is null ? "" : host)}]\n");
        _writer.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"# Thread_id: {statement.ServerConnectionId ?? 0}  Schema: {LogText.Name(statement.Schema ?? "")}  QC_hit: No\n"));
        _writer.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"# Query_time: {duration / 1e9:F6}  Lock_time: 0.000000  Rows_sent: {statement.ReturnedRows ?? 0}  Rows_examined: 0\n"));
        _writer.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"# Rows_affected: {statement.AffectedRows ?? 0}  Bytes_sent: {statement.ResponseBytes}\n"));
        if (statement.Schema is { Length: > 0 } schema && LogText.Name(schema) == schema)
        {
            _writer.Write($"use {schema};\n");
        }

        _writer.Write(string.Create(CultureInfo.InvariantCulture, $"SET timestamp={new DateTimeOffset(end).ToUnixTimeSeconds()};\n"));
    }
}
