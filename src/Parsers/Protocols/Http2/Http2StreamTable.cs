// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>The open streams of a connection, in the order of their numbers, bounded by the session.</summary>
internal sealed class Http2StreamTable(ParseLimits limits)
{
    private const int MaxIdle = 32;   // streams kept for reuse
    private const int Remembered = 64; // streams that were ended before their time

    private readonly Http2BodyRoom _room = new(limits);
    private readonly List<Http2Stream> _streams = []; // in the order of their numbers, as they are nearly always opened
    private readonly Stack<Http2Stream> _idle = new();
    private readonly Queue<uint> _reset = new();

    /// <summary>Open streams.</summary>
    public int Count => _streams.Count;

    /// <summary>The open streams, lowest number first.</summary>
    public IEnumerable<Http2Stream> All => _streams;

    /// <summary>The stream of that number; null when it is not open.</summary>
    public Http2Stream? Find(uint id) => IndexOf(id) is >= 0 and var index ? _streams[index] : null;

    /// <summary>The open stream with the lowest number; there is one.</summary>
    public Http2Stream Oldest => _streams[0];

    /// <summary>Opens a stream.</summary>
    public Http2Stream Open(uint id)
    {
        var stream = _idle.TryPop(out var idle) ? idle : new Http2Stream(limits, _room);
        stream.Id = id;
        _streams.Insert(~IndexOf(id), stream);
        return stream;
    }

    /// <summary>Closes a stream; nobody may use it any more.</summary>
    public void Close(Http2Stream stream)
    {
        if (IndexOf(stream.Id) is >= 0 and var index)
        {
            _streams.RemoveAt(index);
        }

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

    // Where it is, or the complement of where it would be.
    private int IndexOf(uint id)
    {
        var (low, high) = (0, _streams.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_streams[middle].Id < id)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < _streams.Count && _streams[low].Id == id ? low : ~low;
    }
}
