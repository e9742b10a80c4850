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
/// position that was read after the close was.
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

    private readonly Queue<PendingClose> _closes = new();
    private long _blockedSince;
    private int _stride;

    /// <summary>Called now and then in a long pass, so that it can't hold up the clock.</summary>
    internal Action? Breathe { get; set; }

    /// <summary>Closes that wait for data.</summary>
    internal int PendingCloses => _closes.Count;

    /// <summary>One pass. True when everything that stood in the rings at its begin has been delivered.</summary>
    internal bool Drain()
    {
        var limit = data.ProducerPosition;
        if (!DrainControl() && IsPatient())
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
        var held = _closes.Count;
        while (control.TryRead(limit, out var record))
        {
            Dispatch(record);
        }

        control.Release();
        if (_closes.Count != held)
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
                _closes.Enqueue(new PendingClose(close, ulong.MaxValue));
                break;
            case L7EventType.Process when decoder.TryDecodeProcess(record, out var process):
                target.OnProcess(process);
                break;
            case L7EventType.Open or L7EventType.Close or L7EventType.Process:
                break; // counted by the decoder
            default:
                decoder.CountUndecodable();
                break;
        }
    }

    /// <summary>Gives the closes of this pass the position of the data ring now that they have been seen.</summary>
    private void StampCloses(int held)
    {
        var position = data.ProducerPosition;
        for (var i = _closes.Count; i > 0; i--)
        {
            var pending = _closes.Dequeue();
            _closes.Enqueue(held-- > 0 ? pending : pending with { After = position });
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
        while (_closes.TryPeek(out var pending) && pending.After <= data.Position)
        {
            target.OnClose(_closes.Dequeue().Event);
        }
    }

    private readonly record struct PendingClose(L7CloseEvent Event, ulong After);
}
