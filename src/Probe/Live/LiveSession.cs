// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.Events;
using L7Trace.Probe.KeyLog;
using L7Trace.Probe.Processes;
using L7Trace.Probe.Tls;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Live;

/// <summary>One run of a <see cref="LiveProbe"/>: turns ordered events into calls of one engine.</summary>
internal sealed class LiveSession : IEventTarget
{
    private readonly TraceEngine _engine;
    private readonly MonotonicClock _clock;
    private readonly ProcessTable _processes;
    private readonly BpfMap _kernelConnections;
    private readonly ListenerTable _listeners;
    private readonly UnixConnections _unix;
    private readonly VerdictWriter _verdicts;
    private readonly TlsObjects _tls;
    private readonly Action<uint, ProcessChange>? _processChanged;
    private readonly ISegmentTap? _tap;
    private readonly IKeyLog? _keyLog;
    private readonly UnreadTls? _unread;

    internal LiveSession(
        TraceEngine engine,
        L7Object bpf,
        MonotonicClock clock,
        ProcessTable processes,
        ProcFs proc,
        Action<uint, ProcessChange>? processChanged,
        ISegmentTap? tap,
        IKeyLog? keyLog = null,
        UnreadTls? unread = null)
    {
        _unread = unread;
        _keyLog = keyLog;
        _engine = engine;
        _clock = clock;
        _processes = processes;
        _processChanged = processChanged;
        _kernelConnections = bpf.Connections;
        _listeners = new ListenerTable(proc);
        _unix = new UnixConnections(proc);
        _tls = new TlsObjects(engine, tap, clock, (gone, time) => KernelTlsObjects.Forget(bpf, gone, clock.ToMonotonic(time)));
        _verdicts = new VerdictWriter(bpf.Verdicts, bpf.RaiseVerdictGeneration, _tls.PlaintextOf, tap?.WantsAllPlaintext == true ? _tls.IsPlaintext : null, tap?.WantsCiphertext == true);
        _tls.Closed = _verdicts.Forget;
        _tls.CloseLate = CloseConnection;
        _engine.ProtocolFound += _verdicts.Found;
        _engine.ProtocolFound += FindUnread;
        _engine.NothingMoreIsRead += _verdicts.Mute;
        _tap = tap;
        if (tap is not null)
        {
            _engine.ConnectionOpened += tap.Open;
            _engine.ConnectionClosed += tap.Close;
            _engine.ProtocolFound += tap.ProtocolFound;
        }
    }

    /// <summary>What is due between two passes.</summary>
    /// <param name="sealedTime">All events up to this time (Unix-epoch nanoseconds) have been delivered.</param>
    internal void BetweenPasses(long sealedTime)
    {
        _verdicts.Flush();
        CloseDeadUnixConnections(sealedTime);
        _tls.Advance(sealedTime);
        _engine.Advance(sealedTime);
        _tap?.Advance(sealedTime);
    }

    /// <summary>Up to when the engine has been given everything: not what waits on its way to it.</summary>
    /// <param name="delivered">All events up to this time (Unix-epoch nanoseconds) have been delivered to this session.</param>
    internal long SealedTime(long delivered) => Math.Min(delivered, _tls.OldestHeld - 1);

    /// <summary>The engine belongs to its owner again.</summary>
    internal void Detach()
    {
        _tls.Flush();
        _engine.ProtocolFound -= _verdicts.Found;
        _engine.ProtocolFound -= FindUnread;
        _unread?.End();
        _engine.NothingMoreIsRead -= _verdicts.Mute;
        if (_tap is { } tap)
        {
            _engine.ConnectionOpened -= tap.Open;
            _engine.ConnectionClosed -= tap.Close;
            _engine.ProtocolFound -= tap.ProtocolFound;
        }
    }

    void IEventTarget.OnOpen(in L7OpenEvent value)
    {
        var connection = EventConversion.ToConnection(value, _clock);
        _listeners.Resolve(connection, connection.FirstSeen);
        _processes.See(value.Tgid);
        _unix.Open(connection);
        _unread?.Open(connection);
        _engine.Open(connection);
    }

    void IEventTarget.OnData(in DataRecord record)
    {
        var segment = EventConversion.ToSegment(record, _clock);
        if (segment.Source.IsTlsPlaintext())
        {
            _tls.Accept(segment);
            return;
        }

        _unix.Use(segment.Connection, segment.Time.ProcessId, segment.Time.Exit);
        _engine.Accept(segment);
        _tap?.Accept(segment);
    }

    void IEventTarget.OnClose(in L7CloseEvent value)
    {
        var (id, time) = (new ConnectionId(value.ConnectionId), _clock.ToUnix(value.TimeNs));
        var isReset = value.Reason == L7CloseReason.Reset;
        if (!_tls.PutsOffClose(id, time, isReset))
        {
            CloseConnection(id, time, isReset);
        }
    }

    void IEventTarget.OnTls(in L7TlsEvent value)
    {
        if (value.Change == L7TlsChange.Bound)
        {
            _unread?.Bound(new ConnectionId(value.ConnectionId));
        }

        _tls.Changed(value);
    }

    void IEventTarget.OnSecret(in L7SecretEvent value)
    {
        if (_keyLog is { } log && KeyLogLine.TryWrite(value, out var line))
        {
            log.Add(line, value.Tgid);
        }
    }

    void IEventTarget.OnProcess(in L7ProcessEvent value)
    {
        switch (value.Change)
        {
            case L7ProcessChange.Fork: // the id may be another one's that ended
            case L7ProcessChange.Exec:
                _processes.Changed(value.Tgid);
                break;
            case L7ProcessChange.Exit:
                _processes.Ended(value.Tgid);
                _unix.ProcessEnded(value.Tgid, _clock.ToUnix(value.TimeNs));
                break;
            default:
                break;
        }

        _processChanged?.Invoke(value.Tgid, (ProcessChange)value.Change);
    }

    void IEventTarget.OnProcessGone(in L7ProcessEvent value) =>
        _tls.ProcessEnded(value.Tgid, _clock.ToUnix(value.TimeNs));

    private void CloseConnection(ConnectionId id, long time, bool isReset)
    {
        _unix.Close(id);
        _verdicts.Forget(_tls.PlaintextOf(id));
        _verdicts.Forget(id);
        _tls.ConnectionClosed(id);
        _unread?.Closed(id);
        _engine.Close(id, time, isReset);
    }

    private void FindUnread(ConnectionId id, Protocol protocol) => _unread?.Found(id, protocol);

    private void CloseDeadUnixConnections(long now)
    {
        var gone = _unix.Sweep(now);
        if (gone.Count == 0)
        {
            return;
        }

        KernelConnections.Remove(_kernelConnections, gone);
        foreach (var (id, _) in gone)
        {
            CloseConnection(id, now, isReset: false);
        }
    }
}
