// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Reads one body: counts it without its transfer framing, keeps a capped prefix, and knows where it ends. Bytes that
/// are missing inside it are counted as well, as far as the framing gives their number.
/// </summary>
internal sealed class Http1BodyReader(ArrayPool<byte>? pool)
{
    private KeptBytes _prefix = new(pool);
    private KeptBytes _trailers = new(pool);
    private Http1ChunkReader _chunks;
    private long _remaining;
    private int _prefixCap;
    private int _trailerCap;
    private bool _prefixClosed;

    /// <summary>How its end is known.</summary>
    public Http1BodyKind Kind { get; private set; }

    /// <summary>Bytes of the body so far, missing ones included, without transfer framing.</summary>
    public long Size { get; private set; }

    /// <summary>Bytes of it known to be missing.</summary>
    public ulong Missing { get; private set; }

    /// <summary>False once its framing was lost inside a body whose length was not announced.</summary>
    public bool IsSizeKnown { get; private set; } = true;

    /// <summary>True when the body has ended.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The first bytes, as sent (transfer framing removed), at most <see cref="ParseLimits.MaxBodyPrefix"/>.</summary>
    public ReadOnlySpan<byte> Prefix => _prefix.Span;

    /// <summary>
    /// The fields behind a chunked body (RFC 9112 section 7.1.2), in a block that <see cref="Http1TrailerLines"/> reads; capped.
    /// </summary>
    public ReadOnlySpan<byte> Trailers => _trailers.Span;

    /// <summary>The end of the trailers was read, and all of them are kept.</summary>
    public bool HasAllTrailers => _chunks.IsDone && _trailers.Length < _trailerCap;

    /// <summary>Its chunks are framed in a way that some read differently.</summary>
    public bool IsOdd => _chunks.IsOdd;

    /// <summary>Memory kept, bytes.</summary>
    public int Kept => _prefix.Length + _trailers.Length;

    /// <summary>Begins a body of which at most so many bytes are kept, and of its trailers.</summary>
    public void Begin(Http1BodyKind kind, long length, int prefixCap, int trailerCap = 0)
    {
        Release();
        Kind = kind;
        _remaining = length;
        _prefixCap = prefixCap;
        _trailerCap = trailerCap;
        IsDone = kind == Http1BodyKind.None;
    }

    /// <summary>Gives the array back and forgets everything.</summary>
    public void Release()
    {
        _prefix.Release();
        _trailers.Release();
        _trailerCap = 0;
        _chunks = default;
        _remaining = Size = 0;
        Missing = 0;
        _prefixClosed = IsDone = false;
        IsSizeKnown = true;
        Kind = Http1BodyKind.None;
    }

    /// <summary>
    /// Consumes what belongs to the body, <paramref name="limit"/> bytes at most. Done, NeedMoreData or InvalidData
    /// (no chunked body).
    /// </summary>
    public ParseStatus Read(StreamWindow window, ref MessageTiming timing, long limit = long.MaxValue)
    {
        while (!IsDone && limit > 0 && !window.IsEmpty)
        {
            var before = window.Offset;
            if (Kind == Http1BodyKind.Chunked && _chunks.DataRemaining == 0)
            {
                var span = window.Span;
                var areTrailers = _chunks.IsInTrailers;
                var consumed = _chunks.ReadFraming(span);
                if (consumed < 0)
                {
                    return ParseStatus.InvalidData;
                }

                if (areTrailers)
                {
                    _trailers.AppendPrefix(span[..consumed], _trailerCap);
                }

                window.Consume(ref timing, consumed);
                IsDone = _chunks.IsDone;
            }
            else
            {
                TakeData(window, ref timing, limit);
            }

            limit -= (long)(window.Offset - before);
        }

        return IsDone ? ParseStatus.Done : ParseStatus.NeedMoreData;
    }

    /// <summary>Counts missing bytes; false when they don't all lie inside data whose length is known.</summary>
    public bool TrySkip(ulong count)
    {
        if (IsDone || count > long.MaxValue)
        {
            return false;
        }

        var room = Kind switch
        {
            Http1BodyKind.Length => _remaining,
            Http1BodyKind.Chunked => _chunks.DataRemaining,
            _ => long.MaxValue - Size,
        };
        if (count > (ulong)room)
        {
            return false;
        }

        _prefixClosed = true;
        Missing += count;
        CountData((long)count);
        return true;
    }

    /// <summary>Framing was lost inside the body: what the framing still promised is missing, the rest is unknown.</summary>
    public void Lose()
    {
        if (IsDone)
        {
            return;
        }

        if (Kind == Http1BodyKind.Length)
        {
            Missing += (ulong)_remaining;
            Size += _remaining;
            _remaining = 0;
        }
        else
        {
            Missing += (ulong)Math.Max(1, _chunks.DataRemaining);
            IsSizeKnown = false;
        }

        _prefixClosed = true;
        IsDone = true;
    }

    /// <summary>The stream has ended. True when that ends the body in order.</summary>
    public bool EndOfStream()
    {
        IsDone |= Kind == Http1BodyKind.UntilClose;
        return IsDone;
    }

    private void TakeData(StreamWindow window, ref MessageTiming timing, long limit)
    {
        var room = Kind switch
        {
            Http1BodyKind.Length => _remaining,
            Http1BodyKind.Chunked => _chunks.DataRemaining,
            _ => long.MaxValue,
        };
        var count = Math.Min(Math.Min(room, limit), window.Length);
        var wanted = _prefixClosed ? 0 : Math.Min(count, _prefixCap - _prefix.Length);
        if (wanted > 0)
        {
            _prefix.AppendPrefix(window.Span[..(int)wanted], _prefixCap);
        }

        window.Consume(ref timing, count);
        CountData(count);
    }

    private void CountData(long count)
    {
        Size = Size > long.MaxValue - count ? long.MaxValue : Size + count;
        if (Kind == Http1BodyKind.Length)
        {
            _remaining -= count;
            IsDone = _remaining == 0;
        }
        else if (Kind == Http1BodyKind.Chunked)
        {
            _chunks.TakeData(count);
        }
    }
}
