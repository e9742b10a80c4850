// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Ends;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Export;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Packets;
using L7Trace.Probe.Compression;

namespace L7Trace.Cli.Hosting;

/// <summary>Capture files as the source: a <see cref="CapturePlayer"/> in front of a <see cref="TraceEngine"/>.</summary>
internal sealed class FileSource : IExchangeSource
{
    private readonly CapturePlayer _player;
    private readonly ScopeSettings _scope;
    private readonly ParseLimits? _limits;
    private readonly LiveRecording? _recording;
    private TraceEngine? _engine;

    private FileSource(CapturePlayer player, TraceSettings settings, ParseLimits? limits, Notes notes)
    {
        _player = player;
        _scope = settings.Scope;
        _limits = limits;
        _recording = LiveRecording.Begin(
            settings,
            notes,
            (connection, protocol, firstCaller) =>
                (settings.Protocols.Count == 0 || settings.Protocols.Contains(protocol)) &&
                IsInScope(connection, ExchangeFacts.ProcessOf(connection, firstCaller)),
            player.Names.Of);
    }

    /// <inheritdoc/>
    public ConnectionPairs Connections { get; } = new();

    /// <inheritdoc/>
    public long ConnectionsSeen { get; private set; }

    /// <inheritdoc/>
    public long ConnectionsOpen => _engine?.ConnectionCount ?? 0;

    /// <summary>What was read, for who wants to know where damage or drops are.</summary>
    public CapturePlayer Player => _player;

    /// <summary>
    /// Opens the files, and the recording that is to be made of them; throws <see cref="CliException"/> when one is no
    /// capture or can't be read or written.
    /// </summary>
    public static FileSource Open(IReadOnlyList<string> paths, TraceSettings settings, ParseLimits? limits, Notes notes)
    {
        CapturePlayer? player = null;
        try
        {
            var scope = settings.Scope;
            var ports = scope.Ports.ToHashSet();
            player = CapturePlayer.Open(paths, ports.Count == 0 ? null : IsWanted);
            if (scope.ProcessIds.Count + scope.Names.Count > 0 && !player.AreRecordings())
            {
                throw new CliException(ExitCode.Usage,
                    "--read takes the whole file: a capture does not say which process sent a packet",
                    "ports narrow it (--port 3306); only what `l7trace record` wrote has processes");
            }

            return new FileSource(player, settings, limits, notes);

            bool IsWanted(IpEnd from, IpEnd to) => ports.Contains(from.Port) || ports.Contains(to.Port);
        }
        catch (CaptureFormatException exception)
        {
            throw new CliException(ExitCode.Failure, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            player?.Dispose();
            throw new CliException(ExitCode.Failure, $"can't read the capture: {exception.Message}");
        }
        catch (CliException)
        {
            player?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Run(IExchangeHandler handler, Action<long> tick, CancellationToken stop)
    {
        _engine = new TraceEngine(_scope.LocalPorts.Count + _scope.RemotePorts.Count + _scope.ProcessIds.Count + _scope.Names.Count == 0
            ? handler
            : new ScopeHandler(handler, this), _limits, ProbeInflaters.All)
        {
            ConnectionOpened = connection =>
            {
                ConnectionsSeen++;
                Connections.ConnectionOpened(connection);
            },
            ConnectionClosed = Connections.ConnectionClosed,
        };
        if (_recording is null)
        {
            _player.Run(_engine, tick, stop);
            return;
        }

        _recording.Run((onTick, ended, tap) => _player.Run(_engine, onTick, ended, tap), tick, ReadLosses, stop);
        _recording.End(_player.Now, ReadLosses());
    }

    /// <inheritdoc/>
    public void GiveUp(long bytes) => _engine?.GiveUp(bytes);

    /// <inheritdoc/>
    public void VisitInFlight(Action<Exchange> visitor) => _engine?.VisitInFlight(exchange =>
    {
        if (IsInScope(exchange))
        {
            visitor(exchange);
        }
    });

    /// <inheritdoc/>
    public LossCounts ReadLosses()
    {
        var losses = new LossCounts();
        if (_engine?.Counters is { } streams)
        {
            losses.Take(streams);
            losses[LossCause.Evicted] += (ulong)(_player.Tcp?.Evicted ?? 0);
        }

        losses[LossCause.CaptureDropped] = _player.DroppedPackets;
        if (_player.Recording is { } recording)
        {
            RecordedLosses.AddTo(losses, recording.Losses, IsPart);
        }

        _recording?.AddLosses(losses);

        return losses;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _player.Dispose();
        _recording?.Dispose();
    }

    // Ports leave connections out in front of the engine, the rest of the scope behind it.
    private bool IsPart => _player.Wanted is not null;

    // As in a live trace: both kinds must hold. Children, and names of processes that only inherited a socket, are not
    // known to a recording.
    private bool IsInScope(Exchange exchange) => IsInScope(exchange.Connection, ExchangeFacts.ProcessOf(exchange));

    private bool IsInScope(ConnectionInfo connection, (uint Id, string? Command) process) =>
        HasPorts(connection) &&
        (_scope.ProcessIds.Count == 0 || (process.Id != 0 && _scope.ProcessIds.Contains(process.Id))) &&
        (_scope.Names.Count == 0 || (process.Command is not null && _scope.Names.Contains(process.Command)));

    // The capture has no side of its own: the client's is taken for the local one.
    private bool HasPorts(ConnectionInfo connection) =>
        (_scope.LocalPorts.Count == 0 || Contains(_scope.LocalPorts, connection.ClientEndPoint?.Port)) &&
        (_scope.RemotePorts.Count == 0 || Contains(_scope.RemotePorts, connection.ServerEndPoint?.Port));

    private static bool Contains(IReadOnlyList<ushort> ports, int? port) => ports.Any(entry => entry == port);

    private sealed class ScopeHandler(IExchangeHandler inner, FileSource source) : IExchangeHandler
    {
        public void OnExchange(Exchange exchange)
        {
            if (source.IsInScope(exchange))
            {
                inner.OnExchange(exchange);
            }
        }
    }
}
