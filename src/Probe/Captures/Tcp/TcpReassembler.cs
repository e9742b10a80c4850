// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Packets;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Probe.Captures.Tcp;

/// <summary>
/// Turns TCP segments into the engine's opens, segments and closes. Each byte is delivered once and in order; bytes
/// that the capture lacks become holes of known size when the receiver has acknowledged what stands behind them, or a
/// limit is met. A capture has no side of its own: the view is the client's.
/// </summary>
public sealed class TcpReassembler
{
    private readonly TraceEngine _engine;
    private readonly TcpTable _table;
    private readonly TcpDelivery _delivery;
    private readonly List<TcpConnection> _waiting = [];
    private readonly ISegmentTap? _tap;
    private long _now;

    /// <summary>Makes one in front of an engine, and of who sees what the engine is given.</summary>
    public TcpReassembler(TraceEngine engine, TcpLimits? limits = null, ISegmentTap? tap = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
        _tap = tap;
        limits ??= TcpLimits.Default;
        _delivery = new TcpDelivery(engine, limits, Counters, tap);
        _table = new TcpTable(limits, Counters, (connection, time) => Close(connection, time));
    }

    /// <summary>What was met so far.</summary>
    public TcpCounters Counters { get; } = new();

    /// <summary>Connections remembered, ended ones too.</summary>
    public int ConnectionCount => _table.Count;

    /// <summary>Latest capture time so far: packets may go back in it, this does not.</summary>
    public long Now => _now;

    /// <summary>Takes the next segment of the capture.</summary>
    public void Accept(in TcpSegment segment)
    {
        _now = Math.Max(_now, segment.Time);
        var isSwapped = segment.From.CompareTo(segment.To) > 0;
        var sender = isSwapped ? 1 : 0;
        var first = isSwapped ? segment.To : segment.From;
        var second = isSwapped ? segment.From : segment.To;
        var connection = _table.Find(first, second);
        if (connection is null)
        {
            // Nothing begins with a bare acknowledgment or a reset; port scans leave nothing behind but their SYN.
            if (segment.Has(TcpFlag.Rst) || (segment.Length == 0 && !segment.Has(TcpFlag.Syn)))
            {
                return;
            }

            connection = _table.Add(first, second, _now);
        }

        connection = segment.Has(TcpFlag.Syn) ? OnSyn(connection, sender, segment) : OnOther(connection, sender, segment);
        if (connection is null)
        {
            return;
        }

        _table.Touch(connection, _now);
        Receive(connection, sender, segment);
    }

    /// <summary>Time has come this far: waits that are over end, silent connections go.</summary>
    public void Advance(long time)
    {
        _now = Math.Max(_now, time);
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var connection = _waiting[i];
            if (!connection.IsClosed)
            {
                GiveUp(connection, everything: false);
            }

            if (connection.IsClosed || (connection.Halves[0].HoleEnd ?? connection.Halves[1].HoleEnd) is null)
            {
                connection.IsWaiting = false;
                _waiting[i] = _waiting[^1];
                _waiting.RemoveAt(_waiting.Count - 1);
            }
        }

        _table.Expire(_now);
        _engine.Advance(_now);
        _tap?.Advance(_now);
    }

    /// <summary>The capture ends: what waits is delivered across its holes; connections stay open.</summary>
    public void End()
    {
        foreach (var connection in _table.All)
        {
            if (!connection.IsClosed)
            {
                GiveUp(connection, everything: true);
            }
        }

        _engine.End(_now);
    }

    // The connection that the segment belongs to; null when it belongs to none.
    private TcpConnection? OnSyn(TcpConnection connection, int sender, in TcpSegment segment)
    {
        var half = connection.Halves[sender];
        var isAnswer = segment.Has(TcpFlag.Ack);
        if (half.HasIsn && half.Isn == segment.Sequence && !connection.IsClosed)
        {
            return connection; // sent again
        }

        var client = isAnswer ? 1 - sender : sender;
        if (isAnswer && connection.NewIsn is { } isn && client == connection.NewClient && segment.Acknowledgment == isn + 1)
        {
            // The same pair of ends again: the old connection was over for the one that answers.
            connection = Replace(connection);
        }
        else if (connection.IsClosed)
        {
            if (half.HasIsn && half.Isn == segment.Sequence)
            {
                Counters.AfterEnd++;
                return null;
            }

            connection = Replace(connection);
        }
        else if (!connection.IsFresh)
        {
            if (!isAnswer)
            {
                connection.NewIsn = segment.Sequence;
                connection.NewClient = sender;
            }

            return null;
        }

        connection.Halves[sender].StartAt(segment.Sequence);
        connection.Client = connection.Local = client;
        if (isAnswer && !connection.Halves[client].HasIsn)
        {
            connection.Halves[client].StartAt(segment.Acknowledgment - 1); // its SYN was not captured
        }

        return connection;
    }

    private TcpConnection? OnOther(TcpConnection connection, int sender, in TcpSegment segment)
    {
        if (connection.NewIsn is { } isn && sender == connection.NewClient && segment.Length > 0 &&
            segment.Sequence == isn + 1)
        {
            connection = Replace(connection);
            connection.Halves[sender].StartAt(isn);
            connection.Client = connection.Local = sender;
        }
        else if (connection.IsClosed)
        {
            var half = connection.Halves[sender];
            if (segment.Length == 0 || segment.Has(TcpFlag.Rst) ||
                (half.IsStarted && half.Distance(segment.Sequence) is <= 1 and >= -TcpHalf.LargestWindow))
            {
                Counters.AfterEnd++;
                return null;
            }

            connection = Replace(connection);
        }

        if (!connection.Halves[sender].IsStarted && (segment.Length > 0 || segment.Has(TcpFlag.Fin)))
        {
            if (connection.IsFresh && connection.Client < 0)
            {
                // Only what it is shown as: who serves is for the protocol to say.
                connection.Local = connection.Ends[0].Port >= connection.Ends[1].Port ? 0 : 1;
            }

            connection.Halves[sender].StartInTheMiddle(segment.Sequence);
        }

        return connection;
    }

    private void Receive(TcpConnection connection, int sender, in TcpSegment segment)
    {
        if (segment.Has(TcpFlag.Ack))
        {
            connection.Halves[1 - sender].Acknowledge(segment.Acknowledgment, _now);
        }

        if (segment.Has(TcpFlag.Rst))
        {
            OnReset(connection, sender, segment);
            return;
        }

        var wasPlain = connection.IsPlain;
        if (!wasPlain && !segment.Has(TcpFlag.Syn))
        {
            // What came with a SYN has waited for this.
            _delivery.Drain(connection, 1 - sender);
            _delivery.Drain(connection, sender);
        }

        if (segment.Length > 0 || segment.Has(TcpFlag.Fin))
        {
            _delivery.Accept(connection, sender, segment, _now);
        }

        if (wasPlain && connection.IsPlain)
        {
            return; // the usual case: there is nothing to give up and nothing to end
        }

        GiveUp(connection, everything: false);
        if (connection.Halves[0].IsEnded && connection.Halves[1].IsEnded)
        {
            Close(connection, segment.Time);
        }
        else if (!connection.IsWaiting && (connection.Halves[0].HoleEnd ?? connection.Halves[1].HoleEnd) is not null)
        {
            connection.IsWaiting = true;
            _waiting.Add(connection);
        }
    }

    // What a receiver takes: in its window, or the acknowledged place that a closed socket answers with (RFC 9293, 3.5.2).
    private void OnReset(TcpConnection connection, int sender, in TcpSegment segment)
    {
        var half = connection.Halves[sender];
        if (half.IsStarted)
        {
            var distance = half.Distance(segment.Sequence);
            var behind = half.IsAcknowledged && half.Acknowledged < half.Next ? (long)(half.Next - half.Acknowledged) : 1;
            if (distance < -behind || distance > 1 << 20)
            {
                Counters.RefusedResets++;
                return;
            }
        }

        Close(connection, segment.Time, isReset: true);
    }

    private TcpConnection Replace(TcpConnection old)
    {
        Close(old, old.LastSeen);
        _table.Remove(old);
        return _table.Add(old.Ends[0], old.Ends[1], _now);
    }

    private void Close(TcpConnection connection, long time, bool isReset = false)
    {
        if (connection.IsClosed)
        {
            return;
        }

        GiveUp(connection, everything: true);
        connection.IsClosed = true;
        if (connection.IsOpen)
        {
            _engine.Close(connection.Id, time, isReset);
        }

        _table.Closed(connection);
    }

    private void GiveUp(TcpConnection connection, bool everything)
    {
        _delivery.GiveUp(connection, 0, _now, everything);
        _delivery.GiveUp(connection, 1, _now, everything);
    }
}
