// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Ends;
using L7Trace.Cli.Options;
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
    private TraceEngine? _engine;

    private FileSource(CapturePlayer player, ScopeSettings scope, ParseLimits? limits)
    {
        _player = player;
        _scope = scope;
        _limits = limits;
    }

    /// <inheritdoc/>
    public ConnectionPairs Connections { get; } = new();

    /// <inheritdoc/>
    public long ConnectionsSeen { get; private set; }

    /// <inheritdoc/>
    public long ConnectionsOpen => _engine?.ConnectionCount ?? 0;

    /// <summary>What was read, for who wants to know where damage or drops are.</summary>
    public CapturePlayer Player => _player;

    /// <summary>Opens the files; throws <see cref="CliException"/> when one is no capture or can't be read.</summary>
    public static FileSource Open(IReadOnlyList<string> paths, ScopeSettings scope, ParseLimits? limits = null)
    {
        try
        {
            var ports = scope.Ports.ToHashSet();
            var player = CapturePlayer.Open(paths, ports.Count == 0 ? null : IsWanted);
            if (scope.ProcessIds.Count + scope.Names.Count > 0 && !player.AreRecordings())
            {
                player.Dispose();
                throw new CliException(ExitCode.Usage,
                    "--read takes the whole file: a capture does not say which process sent a packet",
                    "ports narrow it (--port 3306); only what `l7trace record` wrote has processes");
            }

            return new FileSource(player, scope, limits);

            bool IsWanted(IpEnd from, IpEnd to) => ports.Contains(from.Port) || ports.Contains(to.Port);
        }
        catch (CaptureFormatException exception)
        {
            throw new CliException(ExitCode.Failure, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failure, $"can't read the capture: {exception.Message}");
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
        _player.Run(_engine, tick, stop);
    }

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

        return losses;
    }

    /// <inheritdoc/>
    public void Dispose() => _player.Dispose();

    // As in a live trace: both kinds must hold. Children, and names of processes that only inherited a socket, are not
    // known to a recording.
    private bool IsInScope(Exchange exchange)
    {
        var (id, command) = ExchangeFacts.ProcessOf(exchange);
        return HasPorts(exchange.Connection) &&
            (_scope.ProcessIds.Count == 0 || (id != 0 && _scope.ProcessIds.Contains(id))) &&
            (_scope.Names.Count == 0 || (command is not null && _scope.Names.Contains(command)));
    }

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
