// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Events;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Live;

/// <summary>
/// Drains the two rings so that what belongs together arrives in a sound order: an open before the data behind it, a
/// close after the data in front of it.
/// </summary>
/// <remarks>
/// One pass: read the data ring's producer position; drain the control ring; drain the data ring up to that position.
/// The kernel commits an open before it reserves the connection's first data record, so each record below the position
/// has its open in the control ring by then. A close is held until the data ring has been drained to a producer
/// position that was read after the close was; what binds another TLS object to the connection of one whose close is held comes
/// behind that, since data of the first may still stand in the ring.
/// </remarks>
internal sealed class EventPump(
    RingBufferReader control, RingBufferReader data, EventDecoder decoder, IEventTarget target)
{
    /// <summary>Records between two looks at the clock.</summary>
    private const int TickStride = 128;

    /// <summary>
    /// How long a control record that is reserved and not committed holds up the data: its writer was preempted. After
    /// that data goes first, and the worst is a connection whose facts come late.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly Queue<PendingEnd> _ends = new();
    private readonly Dictionary<ulong, int> _ending = []; // connections, with TLS objects of theirs whose closes are held
    private long _blockedSince;
    private int _stride;

    /// <summary>Called now and then in a long pass, so that it can't hold up the clock.</summary>
    internal Action? Breathe { get; set; }

    /// <summary>Closes that wait for data.</summary>
    internal int PendingCloses => _ends.Count;

    /// <summary>
    /// True when the last pass left something in the control ring that stood there at its begin: what was delivered behind it may
    /// lack its connection.
    /// </summary>
    internal bool IsControlBlocked { get; private set; }

    /// <summary>
    /// One pass. True when everything that stood in the data ring at its begin has been delivered, and what stood in the control
    /// ring, or that was waited for long enough (<see cref="IsControlBlocked"/>).
    /// </summary>
    internal bool Drain()
    {
        var limit = data.ProducerPosition;
        IsControlBlocked = !DrainControl();
        if (IsControlBlocked && IsPatient())
        {
            ApplyCloses();
            return false;
        }

        var complete = DrainData(limit);
        ApplyCloses();
        return complete;
    }

    private bool DrainControl()
    {
        var limit = control.ProducerPosition;
        var held = _ends.Count;
        while (control.TryRead(limit, out var record))
        {
            Dispatch(record);
        }

        control.Release();
        if (_ends.Count != held)
        {
            StampCloses(held);
        }

        return control.Position >= limit;
    }

    private void Dispatch(ReadOnlySpan<byte> record)
    {
        switch (EventDecoder.TypeOf(record))
        {
            case L7EventType.Open when decoder.TryDecodeOpen(record, out var open):
                target.OnOpen(open);
                break;
            case L7EventType.Close when decoder.TryDecodeClose(record, out var close):
                _ends.Enqueue(new PendingEnd { Close = close, After = ulong.MaxValue });
                break;
            case L7EventType.Process when decoder.TryDecodeProcess(record, out var process):
                target.OnProcess(process);
                if (process.Change is L7ProcessChange.Exit or L7ProcessChange.Exec)
                {
                    _ends.Enqueue(new PendingEnd { Process = process, After = ulong.MaxValue });
                }

                break;
            case L7EventType.Tls when decoder.TryDecodeTls(record, out var tls):
                OnTls(tls);
                break;
            case L7EventType.Secret when decoder.TryDecodeSecret(record, out var secret):
                target.OnSecret(secret);
                break;
            case L7EventType.Open or L7EventType.Close or L7EventType.Process or L7EventType.Tls or L7EventType.Secret:
                break; // counted by the decoder
            default:
                decoder.CountUndecodable();
                break;
        }
    }

    private void OnTls(in L7TlsEvent value)
    {
        var isEnd = value.Change == L7TlsChange.Close;
        if (isEnd || (value.Change == L7TlsChange.Bound && _ending.ContainsKey(value.ConnectionId)))
        {
            _ends.Enqueue(new PendingEnd { Tls = value, After = ulong.MaxValue });
            if (isEnd && value.ConnectionId != 0)
            {
                _ending[value.ConnectionId] = _ending.GetValueOrDefault(value.ConnectionId) + 1;
            }
        }
        else
        {
            target.OnTls(value);
        }
    }

    private void Ended(in L7TlsEvent value)
    {
        if (value.Change == L7TlsChange.Close && _ending.TryGetValue(value.ConnectionId, out var count))
        {
            if (count > 1)
            {
                _ending[value.ConnectionId] = count - 1;
            }
            else
            {
                _ending.Remove(value.ConnectionId);
            }
        }

        target.OnTls(value);
    }

    /// <summary>Gives the closes of this pass the position of the data ring now that they have been seen.</summary>
    private void StampCloses(int held)
    {
        var position = data.ProducerPosition;
        for (var i = _ends.Count; i > 0; i--)
        {
            var pending = _ends.Dequeue();
            _ends.Enqueue(held-- > 0 ? pending : pending with { After = position });
        }
    }

    private bool IsPatient()
    {
        if (_blockedSince == 0)
        {
            _blockedSince = Stopwatch.GetTimestamp();
        }

        return Stopwatch.GetElapsedTime(_blockedSince) < Patience;
    }

    private bool DrainData(ulong limit)
    {
        _blockedSince = 0;
        while (data.TryRead(limit, out var record))
        {
            if (decoder.TryDecodeData(record, out var segment))
            {
                target.OnData(segment);
            }

            if (++_stride >= TickStride)
            {
                _stride = 0;
                Breathe?.Invoke();
            }
        }

        data.Release();
        return data.Position >= limit;
    }

    private void ApplyCloses()
    {
        while (_ends.TryPeek(out var pending) && pending.After <= data.Position)
        {
            _ends.Dequeue();
            if (pending.Close.ConnectionId != 0)
            {
                target.OnClose(pending.Close);
            }
            else if (pending.Tls.TlsId != 0)
            {
                Ended(pending.Tls);
            }
            else
            {
                target.OnProcessGone(pending.Process);
            }
        }
    }

    /// <summary>The end of one of the three, or what comes behind one; the other two are empty.</summary>
    private readonly record struct PendingEnd
    {
        internal L7CloseEvent Close { get; init; }

        internal L7TlsEvent Tls { get; init; }

        internal L7ProcessEvent Process { get; init; }

        internal ulong After { get; init; }
    }
}
