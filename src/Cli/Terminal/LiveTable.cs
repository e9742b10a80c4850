// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Export;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Terminal;

/// <summary>
/// The stream of exchanges for people: columns that stay in place, no cursor control, so that it scrolls, copies and
/// pipes like any text. On a terminal a line is cut to its width, else it is as long as it is.
/// </summary>
internal sealed class LiveTable : ITraceSink
{
    private const int TimeWidth = 12;
    private const int LatencyWidth = 7;
    private const int ProcessWidth = 16;
    private const int PeerWidth = 23;
    private const int ResultWidth = 12;
    private const int ShortestText = 20;

    // Below these widths the statement matters more than the peer, and then than the server's share.
    private const int PeerNeeds = 120;
    private const int ServerNeeds = 90;

    private readonly Stream _stream;
    private readonly Redaction _redaction;
    private readonly bool _color;
    private readonly bool _showsPeer;
    private readonly bool _showsServer;
    private readonly int _textWidth;
    private readonly StringBuilder _line = new();
    private readonly TextBuffer _buffer = new();
    private bool _headed;

    /// <summary>Makes one that writes to the target.</summary>
    public LiveTable(OutputTarget output, TraceSettings settings)
    {
        _stream = output.Stream;
        _redaction = settings.Redaction;
        _color = output.Color;
        _showsPeer = output.Width is 0 or >= PeerNeeds;
        _showsServer = output.Width is 0 or >= ServerNeeds;
        var columns = TimeWidth + 1 + LatencyWidth + 2 + ProcessWidth + 1 + ResultWidth + 1 +
            (_showsServer ? LatencyWidth + 1 : 0) + (_showsPeer ? PeerWidth + 1 : 0);
        _textWidth = output.Width == 0 ? int.MaxValue : Math.Max(ShortestText, output.Width - columns);
    }

    /// <inheritdoc/>
    public void Write(Exchange exchange, long now)
    {
        if (!_headed)
        {
            _headed = true;
            Heading();
        }

        var took = exchange.State == ExchangeState.Running ? exchange.Age(now) : exchange.Duration;
        var connection = exchange.Connection;
        Put(TimeOfDay(exchange.Start), Ansi.Dim).Append(' ');
        Put(PlainLineWriter.LatencyText(exchange, () => now).PadLeft(LatencyWidth), LatencyColor(took)).Append(' ');
        if (_showsServer)
        {
            var server = ServerDuration(exchange) is { } duration ? Units.Duration(duration) : "";
            Put(server.PadLeft(LatencyWidth), Ansi.Dim).Append(' ');
        }

        _line.Append(' ');
        Put(Cell(PlainLineWriter.ProcessText(exchange), ProcessWidth), "").Append(' ');
        if (_showsPeer)
        {
            Put(Cell(Arrow(connection.Role) + PlainLineWriter.PeerText(connection), PeerWidth), Ansi.Dim).Append(' ');
        }

        Put(Cell(ResultCell.Text(exchange), ResultWidth), ResultCell.Color(exchange)).Append(' ');
        var text = PlainLineWriter.TextOf(exchange, _redaction);
        _line.Append(_textWidth == int.MaxValue ? TerminalText.Sanitize(text) : TerminalText.Fit(text, _textWidth));
        EndLine();
    }

    /// <inheritdoc/>
    public void WriteLosses(LossCounts losses, long now)
    {
        // Said at the end, on stderr: among the lines it would push the exchanges away.
    }

    /// <inheritdoc/>
    public void Flush() => _buffer.FlushTo(_stream);

    /// <inheritdoc/>
    public void End(TraceOutcome outcome)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static string Cell(string text, int width)
    {
        var fitted = TerminalText.Fit(text, width);
        return fitted + new string(' ', Math.Max(0, width - TerminalText.WidthOf(fitted)));
    }

    private static long? ServerDuration(Exchange exchange) =>
        exchange.Connection.Role == EndpointRole.Client ? exchange.OtherEnd?.Duration : null;

    private static string Arrow(EndpointRole role) => role switch
    {
        EndpointRole.Client => "> ",
        EndpointRole.Server => "< ",
        _ => "? ",
    };

    private static string TimeOfDay(long unixNanoseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixNanoseconds / 1_000_000).ToLocalTime()
            .ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string LatencyColor(long? nanoseconds) => nanoseconds switch
    {
        null => Ansi.Dim,
        >= 1_000_000_000 => Ansi.Red,
        >= 100_000_000 => Ansi.Yellow,
        _ => "",
    };

    private void Heading()
    {
        Put("TIME".PadRight(TimeWidth), Ansi.Bold).Append(' ');
        Put("LATENCY".PadLeft(LatencyWidth), Ansi.Bold).Append(' ');
        if (_showsServer)
        {
            Put("SERVER".PadLeft(LatencyWidth), Ansi.Bold).Append(' ');
        }

        _line.Append(' ');
        Put("PROCESS".PadRight(ProcessWidth), Ansi.Bold).Append(' ');
        if (_showsPeer)
        {
            Put("PEER".PadRight(PeerWidth), Ansi.Bold).Append(' ');
        }

        Put("RESULT".PadRight(ResultWidth), Ansi.Bold).Append(' ');
        Put("WHAT", Ansi.Bold);
        EndLine();
    }

    private StringBuilder Put(string text, string color) => _color && color.Length > 0
        ? _line.Append(color).Append(text).Append(Ansi.Reset)
        : _line.Append(text);

    private void EndLine()
    {
        _line.Append('\n');
        _buffer.Add(_line);
        _line.Clear();
        if (_buffer.IsLarge)
        {
            Flush();
        }
    }
}
