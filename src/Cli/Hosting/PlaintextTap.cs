// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using L7Trace.Export.Plaintext;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// Takes the plaintext of TLS libraries out of the stream of segments, on the hot thread, and hands it to whoever shows it, on
/// another: bounded, and when it is full the new call is dropped and counted, because a slow terminal must not stall the capture.
/// </summary>
internal sealed class PlaintextTap : ISegmentTap, IDisposable
{
    private const int MaxConnections = 200_000;
    private const int DefaultCalls = 32 * 1024;
    private const long DefaultBytes = 64 * 1024 * 1024;

    private readonly Dictionary<ConnectionId, Flow> _flows = [];
    private readonly BlockingCollection<PlaintextCall> _queue;
    private readonly long _maxBytes;
    private long _bytes;
    private long _dropped;

    /// <summary>Makes one.</summary>
    /// <param name="maxCalls">Calls that wait at most.</param>
    /// <param name="maxBytes">Bytes that wait at most.</param>
    public PlaintextTap(int maxCalls = DefaultCalls, long maxBytes = DefaultBytes)
    {
        _queue = new BlockingCollection<PlaintextCall>(maxCalls);
        _maxBytes = maxBytes;
    }

    /// <inheritdoc/>
    public bool WantsAllPlaintext => true;

    /// <summary>Calls that were dropped because nobody read fast enough.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <inheritdoc/>
    public void Open(ConnectionInfo connection)
    {
        if (_flows.Count < MaxConnections)
        {
            _flows[connection.Id] = new Flow(connection);
        }
    }

    /// <inheritdoc/>
    public void Accept(in Segment segment)
    {
        if (!segment.Source.IsTlsPlaintext() || segment.ByteCount == 0 || !_flows.TryGetValue(segment.Connection, out var flow))
        {
            return;
        }

        var size = segment.Head.Length + segment.Tail.Length;
        if (Volatile.Read(ref _bytes) + size > _maxBytes)
        {
            Volatile.Write(ref _dropped, _dropped + 1);
            return;
        }

        var call = new PlaintextCall
        {
            Stream = segment.Direction == Direction.Egress ? flow.Egress : flow.Ingress,
            Time = segment.Direction == Direction.Egress ? segment.Time.Enter : segment.Time.Exit,
            ProcessId = segment.Time.ProcessId,
            Source = segment.Source,
            Protocol = flow.Protocol,
            Offset = segment.StreamOffset,
            ByteCount = segment.ByteCount,
            Head = segment.Head.ToArray(),
            Tail = segment.Tail.ToArray(),
        };
        if (_queue.TryAdd(call))
        {
            Interlocked.Add(ref _bytes, size);
        }
        else
        {
            Volatile.Write(ref _dropped, _dropped + 1);
        }
    }

    /// <inheritdoc/>
    public void ProtocolFound(ConnectionId id, Protocol protocol)
    {
        // "TLS" is what the ciphertext is, and no news.
        if (protocol != Protocol.Tls && _flows.TryGetValue(id, out var flow))
        {
            flow.Protocol = protocol;
        }
    }

    /// <inheritdoc/>
    public void BindTls(ConnectionId id, SegmentSource source, bool fromStart, PeerProof proof)
    {
        if (_flows.TryGetValue(id, out var flow))
        {
            flow.Renew(); // another object's streams begin at 0 again
        }
    }

    /// <inheritdoc/>
    public void Close(ConnectionId id, long time) => _flows.Remove(id);

    /// <inheritdoc/>
    public void Advance(long now)
    {
    }

    /// <summary>The reader's side: the next call; false when none comes within the time.</summary>
    public bool TryTake([NotNullWhen(true)] out PlaintextCall? call, int milliseconds)
    {
        if (!_queue.TryTake(out call, milliseconds))
        {
            return false;
        }

        Interlocked.Add(ref _bytes, -(call.Head.Length + call.Tail.Length));
        return true;
    }

    /// <summary>Nothing more comes; what waits can still be taken.</summary>
    public void Complete() => _queue.CompleteAdding();

    /// <summary>Nothing more comes, and nothing waits.</summary>
    public bool IsDrained => _queue.IsCompleted;

    /// <inheritdoc/>
    public void Dispose() => _queue.Dispose();

    private sealed class Flow(ConnectionInfo connection)
    {
        public Protocol Protocol { get; set; }

        public PlaintextStream Egress { get; private set; } = new(connection, Direction.Egress);

        public PlaintextStream Ingress { get; private set; } = new(connection, Direction.Ingress);

        public void Renew()
        {
            Egress = new PlaintextStream(connection, Direction.Egress);
            Ingress = new PlaintextStream(connection, Direction.Ingress);
        }
    }
}
