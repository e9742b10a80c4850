// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>The open streams of a connection, in the order of their numbers, bounded by the session.</summary>
internal sealed class Http2StreamTable(ParseLimits limits)
{
    private const int MaxIdle = 32;   // streams kept for reuse
    private const int Remembered = 64; // streams that were ended before their time

    private readonly Http2BodyRoom _room = new(limits);
    private readonly SortedDictionary<uint, Http2Stream> _streams = [];
    private readonly Stack<Http2Stream> _idle = new();
    private readonly Queue<uint> _reset = new();

    /// <summary>Open streams.</summary>
    public int Count => _streams.Count;

    /// <summary>The open streams, lowest number first.</summary>
    public IEnumerable<Http2Stream> All => _streams.Values;

    /// <summary>The stream of that number; null when it is not open.</summary>
    public Http2Stream? Find(uint id) => _streams.GetValueOrDefault(id);

    /// <summary>The open stream with the lowest number; there is one.</summary>
    public Http2Stream Oldest => _streams.First().Value;

    /// <summary>Opens a stream.</summary>
    public Http2Stream Open(uint id)
    {
        var stream = _idle.TryPop(out var idle) ? idle : new Http2Stream(limits, _room);
        stream.Id = id;
        _streams.Add(id, stream);
        return stream;
    }

    /// <summary>Closes a stream; nobody may use it any more.</summary>
    public void Close(Http2Stream stream)
    {
        _streams.Remove(stream.Id);
        if (stream.IsReset)
        {
            if (_reset.Count == Remembered)
            {
                _reset.Dequeue();
            }

            _reset.Enqueue(stream.Id);
        }

        stream.Reset();
        if (_idle.Count < MaxIdle)
        {
            _idle.Push(stream);
        }
    }

    /// <summary>It was ended before its time: what the other side had sent by then may still come.</summary>
    public bool WasReset(uint id) => _reset.Contains(id);
}
