// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Files;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// Records what goes into a <c>TraceEngine</c> as pcapng, so that the engine can be given the same again, and Wireshark
/// shows it as plaintext. Payload of a connection is written from the moment on that its protocol is known to be one
/// that is parsed; until then it waits in memory, and what turns out to be something else is never written.
/// Belongs to one thread. What the files do wrong is kept in <see cref="Failure"/> and ends the recording, not the trace.
/// </summary>
public sealed partial class SegmentRecorder : ISegmentTap, IDisposable
{
    private const int MaxHeldCalls = 256; // of one connection; the engine makes up its mind within 64

    private readonly IRecordingTarget _target;
    private readonly RecorderOptions _options;
    private readonly FlowWriter _flowWriter = new();
    private readonly Dictionary<ConnectionId, RecordedFlow> _flows = [];
    private readonly Dictionary<FlowEnds, RecordedFlow> _primary = [];
    private PcapngWriter? _writer;
    private long _heldBytes;
    private RecordedFlow? _leaving; // it was one to record until the segment that the engine has just seen

    /// <summary>Opens the first file.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public SegmentRecorder(IRecordingTarget target, RecorderOptions options)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(options);
        _target = target;
        _options = options;
        BeginFile();
    }

    /// <summary>Why the recording ended before its time; null while it goes on.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Files begun.</summary>
    public int Files { get; private set; }

    /// <summary>Packets written.</summary>
    public ulong Packets { get; private set; }

    /// <summary>Bytes written, with what stands around the payloads.</summary>
    public long Bytes { get; private set; }

    /// <summary>Connections whose payload was kept out because they are something that is not parsed.</summary>
    public long Withheld { get; private set; }

    /// <summary>Connections that found no room.</summary>
    public long Refused { get; private set; }

    /// <summary>Calls written without their bytes because too many bytes waited for a protocol.</summary>
    public long Emptied { get; private set; }

    /// <inheritdoc/>
    public void Open(ConnectionInfo connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (_flows.Count >= _options.MaxConnections)
        {
            Refused++;
            return;
        }

        if (_flows.Remove(connection.Id, out var old))
        {
            Forget(old); // the engine had forgotten it too: its table was full
        }

        _flows.Add(connection.Id, new RecordedFlow(connection, _options.WithKeys));
    }

    /// <inheritdoc/>
    public void Accept(in Segment segment)
    {
        var leaving = _leaving;
        _leaving = null;

        // Not in the table: it came after the close, and the engine did not take it either.
        if (_writer is null || !_flows.TryGetValue(segment.Connection, out var flow) || IsMalformed(segment) ||
            !IsToTake(flow, segment))
        {
            return;
        }

        LookForRandom(flow, segment);

        // The answer that ends HTTP ("101 Switching Protocols") belongs to what came before.
        if (!(flow.IsWanted || leaving == flow) || !Choose(flow, segment.Time.ProcessId))
        {
            if (flow.IsUndecided)
            {
                Hold(flow, segment);
            }

            return;
        }

        if (WaitForSecrets(flow, segment))
        {
            return;
        }

        try
        {
            Write(flow, segment);
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            Fail(e);
        }
    }

    /// <inheritdoc/>
    public void ProtocolFound(ConnectionId id, Protocol protocol)
    {
        if (!_flows.TryGetValue(id, out var flow))
        {
            return;
        }

        _leaving = flow.IsWanted ? flow : _leaving;
        var (wasMuted, wasCiphertext) = (flow.IsMuted, flow.IsCiphertext);
        flow.Protocol = protocol;
        Withheld += (flow.IsMuted ? 1 : 0) - (wasMuted ? 1 : 0);
        flow.IsTlsSeen |= protocol == Protocol.Tls;
        if (wasCiphertext && !flow.IsCiphertext)
        {
            EndCiphertext(flow);
        }

        if (flow.IsUndecided)
        {
            return;
        }

        if (flow.IsCiphertext)
        {
            if (!wasCiphertext)
            {
                BeginCiphertext(flow);
            }

            return;
        }

        if (flow is { Tls: not null, IsPlaintext: false, IsMuted: false, Held.Count: > 0 })
        {
            flow.IsHeldDue = true; // what showed the protocol was the plaintext, or what was in the clear before it
            return;
        }

        WriteHeld(flow);
    }

    private void WriteHeld(RecordedFlow flow)
    {
        // A correction: it was held for another protocol, and nothing of it is written.
        flow.IsChosen = flow.IsWritten || flow.HasPackets ? flow.IsChosen : null;
        if (flow.IsMuted || _writer is null || (flow.Held.Count > 0 && !Choose(flow, flow.Held[0].ProcessId)))
        {
            Release(flow);
            return;
        }

        try
        {
            foreach (var call in flow.Held)
            {
                Write(flow, call.ToSegment(flow.Connection.Id));
            }
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            Fail(e);
        }

        Release(flow);
    }

    /// <inheritdoc/>
    public void Close(ConnectionId id, long time)
    {
        _leaving = null;
        if (!_flows.Remove(id, out var flow))
        {
            return;
        }

        StopWaiting(flow);
        var firstCaller = FirstCaller(flow);
        Forget(flow);
        if (_writer is null)
        {
            return;
        }

        try
        {
            if (!flow.IsWritten)
            {
                if (!Choose(flow, firstCaller))
                {
                    return;
                }

                _flowWriter.WriteConnection(flow, withPackets: false);
            }

            _flowWriter.WriteClose(flow, time);
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            Fail(e);
        }
    }

    /// <inheritdoc/>
    public void Advance(long now)
    {
        _leaving = null;
        _flowWriter.Advance(now);
    }

    private static bool IsMalformed(in Segment segment) =>
        (ulong)segment.Head.Length + (ulong)segment.Tail.Length > segment.ByteCount ||
        unchecked(segment.StreamOffset + segment.ByteCount) < segment.StreamOffset;

    private static uint FirstCaller(RecordedFlow flow) =>
        flow.Held.Count > 0 ? flow.Held[0].ProcessId : flow.Connection.ProcessId;

    // Decided once, when the protocol is known if it ever is: until then nothing of the connection is written.
    private bool Choose(RecordedFlow flow, uint firstCaller) =>
        flow.IsChosen ??= _options.Wanted is null || _options.Wanted(flow.Connection, flow.Protocol, firstCaller);

    private void Write(RecordedFlow flow, in Segment segment)
    {
        BeginFileIfFull();
        _lastTime = segment.Time.Exit;
        WriteSecrets(flow);
        PreparePlaintext(flow, segment);
        if (!flow.IsWritten)
        {
            if (!flow.HasPackets)
            {
                flow.ChooseAddresses();
                if (FlowEnds.Of(flow) is { } ends)
                {
                    flow.IsMirror = !_primary.TryAdd(ends, flow);
                }
            }

            _flowWriter.WriteConnection(flow, withPackets: true);
        }

        _flowWriter.WriteCall(flow, segment);
    }

    private void Hold(RecordedFlow flow, in Segment segment)
    {
        if (flow.Held.Count >= MaxHeldCalls)
        {
            return;
        }

        var captured = segment.Head.Length + segment.Tail.Length;
        var withBytes = _heldBytes + captured <= _options.MaxHeld;
        Emptied += withBytes ? 0 : 1;
        var call = new HeldCall(segment, withBytes);
        flow.Held.Add(call);
        flow.HeldBytes += call.Size;
        _heldBytes += call.Size;
    }

    private void Release(RecordedFlow flow)
    {
        _heldBytes -= flow.HeldBytes;
        flow.HeldBytes = 0;
        flow.Held.Clear();
    }

    private void Forget(RecordedFlow flow)
    {
        Release(flow);
        if (FlowEnds.Of(flow) is { } ends && _primary.TryGetValue(ends, out var primary) && primary == flow)
        {
            _primary.Remove(ends);
        }
    }
}
