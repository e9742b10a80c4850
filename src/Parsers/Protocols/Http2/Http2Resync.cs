// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>
/// Finds the frames of one direction again behind lost framing. Where a call begins, a few frames are enough
/// (<see cref="Http2Shape.AreFrames"/>). Else chains are followed: whatever looks like the header of a frame says where the
/// next one must stand. A body may hold frames too (a tunnel, a recording), so that a chain alone proves nothing:
/// <list type="bullet">
/// <item>A chain is believed behind as many bytes as two frames have at most. By then the frame of which only the end was
/// seen is over, and the true chain is followed too: what lies inside a body has met the header of the next frame, which is
/// in its way, and has ended there or become the true chain.</item>
/// <item>While two chains of two frames or more contradict each other, neither is believed.</item>
/// </list>
/// Nothing is kept but the chains, which go on over holes that don't hold the next header.
/// </summary>
internal sealed class Http2Resync(Http2Session session, bool isRequest)
{
    private const int FramesToTrust = 5;
    private const int FramesToContradict = 2;
    private const int MaxChains = 256;

    private readonly List<Chain> _chains = [];
    private readonly Func<Http2FrameHeader, bool> _isOfKnownStream = frame => session.MayBeStream(frame, isRequest);
    private ulong _seenFrom; // nothing is missing since here
    private ulong _lookedTo; // headers were looked for in front of here

    /// <summary>Framing is lost, or more is missing: what is seen next stands behind a hole.</summary>
    public void OnHole() => _seenFrom = ulong.MaxValue;

    /// <summary>Frames were found.</summary>
    public void Reset()
    {
        _chains.Clear();
        _lookedTo = 0;
        OnHole();
    }

    /// <summary>
    /// Bytes to drop in front of a frame; <see cref="IProtocolSession.MoreNeeded"/> when there is none to be sure of. All but
    /// the last few bytes of the window are consumed then.
    /// </summary>
    public int Find(StreamWindow window)
    {
        var bytes = window.Span;
        var start = window.Offset;
        if (_seenFrom == ulong.MaxValue)
        {
            _seenFrom = start;
            _lookedTo = start;
            _chains.RemoveAll(chain => chain.Next < start);
        }

        var end = start + (ulong)bytes.Length;
        var at = Math.Max(start, _lookedTo);
        var call = window.CallStartAt(at) == at ? at : window.CallEndAt(at);
        for (; at + Http2FrameHeader.Size <= end; at++)
        {
            var here = (int)(at - start);
            if (at == call)
            {
                call = window.CallEndAt(at);
                if (Http2Shape.AreFrames(window.Buffer.Slice(here), call - at, _isOfKnownStream) == true)
                {
                    return here;
                }
            }

            if (session.MaxFrame(isRequest) is { } most && Follow(at, bytes[here..], most))
            {
                return here;
            }
        }

        _lookedTo = at;
        window.Advance(Math.Max(0, bytes.Length - Http2FrameHeader.Size + 1));
        return IProtocolSession.MoreNeeded;
    }

    // True when the frame that begins here is one beyond doubt.
    private bool Follow(ulong at, ReadOnlySpan<byte> bytes, int mostLength)
    {
        var isExpected = _chains.Exists(chain => chain.Next == at);
        if (!isExpected && (bytes[3] > (byte)Http2FrameType.PriorityUpdate || bytes[5] > 0x7f))
        {
            return false; // as nearly everywhere
        }

        var frame = Http2FrameHeader.Read(bytes);
        var mayBe = MayBeFrame(frame, mostLength);
        if (isExpected)
        {
            var longest = _chains.Where(chain => chain.Next == at).MaxBy(static chain => chain.Frames)!;
            _chains.RemoveAll(chain => chain.Next == at && chain != longest);
            if (!mayBe || !longest.TryAdd(frame, at))
            {
                _chains.Remove(longest);
                return false;
            }

            return longest.Frames >= FramesToTrust && at >= _seenFrom + (2 * (ulong)(mostLength + Http2FrameHeader.Size)) &&
                   !_chains.Exists(chain => chain != longest && chain.Frames >= FramesToContradict && chain.Next != longest.Next);
        }

        if (mayBe && frame.Type != Http2FrameType.Continuation)
        {
            if (_chains.Count == MaxChains)
            {
                _chains.Clear(); // the true one may be the one that finds no place
                _seenFrom = at;
            }

            var chain = new Chain();
            chain.TryAdd(frame, at);
            _chains.Add(chain);
        }

        return false;
    }

    // What a peer that works sends in this direction, and nothing that only might be: no push either.
    private bool MayBeFrame(in Http2FrameHeader frame, int mostLength) =>
        frame.IsUsual && frame.Length <= mostLength && frame.Type switch
        {
            Http2FrameType.Data => frame.Length > 0 || frame.EndsStream,
            Http2FrameType.Headers or Http2FrameType.Continuation => frame.Length > frame.PrefixLength,
            Http2FrameType.PushPromise or Http2FrameType.AltSvc or Http2FrameType.Origin => false,
            Http2FrameType.PriorityUpdate => isRequest,
            _ => true,
        } && (frame.StreamId & 1) == (frame.StreamId == 0 ? 0u : 1u) && session.MayBeStream(frame, isRequest);

    // Headers that stand where the one before says.
    private sealed class Chain
    {
        private Http2FrameHeader _last;
        private uint _ended; // the stream that was ended last

        public ulong Next { get; private set; }

        public int Frames { get; private set; }

        public bool TryAdd(in Http2FrameHeader frame, ulong at)
        {
            var isBlockOpen = Frames > 0 && !_last.EndsHeaders && _last.Type is Http2FrameType.Headers or Http2FrameType.Continuation;
            var isContinuation = frame.Type == Http2FrameType.Continuation;
            if (isBlockOpen != isContinuation || (isBlockOpen && frame.StreamId != _last.StreamId) ||
                (frame.StreamId == _ended && frame.Type is Http2FrameType.Data or Http2FrameType.Headers))
            {
                return false;
            }

            _last = frame;
            _ended = frame.EndsStream ? frame.StreamId : _ended;
            Next = at + Http2FrameHeader.Size + (ulong)frame.Length;
            Frames++;
            return true;
        }
    }
}
