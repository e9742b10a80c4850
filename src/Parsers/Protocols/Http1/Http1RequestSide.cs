// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Reads the requests of one connection.
/// <code>
///  between messages --first byte--> head --empty line--> body --last byte--> between messages
///         ^ holds here behind CONNECT and Upgrade until the answer tells what the next bytes are
/// </code>
/// </summary>
internal sealed class Http1RequestSide(Http1Session session, ParseLimits limits)
{
    private bool _headDone;
    private ulong? _holdIndex;
    private int _outstandingBytes;

    /// <summary>The request being read.</summary>
    public Http1Message? Current { get; private set; }

    /// <summary>True while what follows depends on an answer that has not come.</summary>
    public bool Holds => _holdIndex is not null;

    /// <summary>Index of the request that was read to its end, and nothing behind it; null when there is none.</summary>
    public ulong? EndedWith { get; private set; }

    /// <summary>Reads on.</summary>
    public ParseStatus Read(StreamWindow window, bool mustNotWait)
    {
        while (true)
        {
            if (Current is null)
            {
                Http1Reader.SkipEmptyLines(window);
                if (window.IsEmpty)
                {
                    return ParseStatus.NeedMoreData;
                }

                if (Holds && !mustNotWait)
                {
                    return ParseStatus.AwaitRequest;
                }

                _holdIndex = null;
                Begin();
            }

            var message = Current!;
            message.IsEndTimeUnknown &= window.IsEmpty;
            var status = _headDone
                ? message.Body.Read(window, ref message.Timing)
                : Http1Reader.Read(window, message.Head, ref message.Timing, limits.MaxHeaderBlock);
            if (status == ParseStatus.InvalidData)
            {
                Lose();
                return session.TryFinishSwitch() ? ParseStatus.EndOfProtocol : status;
            }

            if (status == ParseStatus.NeedMoreData)
            {
                return status;
            }

            if (!_headDone)
            {
                EndHead(message);
            }

            if (message.Body.IsDone && End())
            {
                return ParseStatus.EndOfProtocol;
            }
        }
    }

    /// <summary>Counts missing bytes as part of the body; false when they are more than that.</summary>
    public bool TrySkip(StreamWindow window, ulong length)
    {
        if (Current is not { } message || !_headDone || !message.Body.TrySkip(length))
        {
            return false;
        }

        message.IsEndTimeUnknown = !window.ExtendOverHole(ref message.Timing, length);
        if (message.Body.IsDone)
        {
            End();
        }

        return true;
    }

    /// <summary>Framing was lost.</summary>
    public void Lose()
    {
        if (Current is { } message)
        {
            if (_headDone)
            {
                message.Body.Lose();
                message.IsEndTimeUnknown = true;
                End(isWhole: false);
            }
            else
            {
                Current = null;
                session.DropPartialRequest(message, ExchangeState.Lost);
            }
        }

        _holdIndex = null;
        session.OnRequestsLost();
        session.TryFinishSwitch();
    }

    /// <summary>The stream has ended.</summary>
    public void EndOfStream()
    {
        if (Current is { } message && _headDone && message.Body.EndOfStream())
        {
            End();
        }
    }

    /// <summary>Nothing more will come.</summary>
    public void Close()
    {
        if (Current is { } message)
        {
            if (_headDone)
            {
                End(isWhole: false);
            }
            else
            {
                Current = null;
                session.DropPartialRequest(message, ExchangeState.Aborted);
            }
        }
    }

    /// <summary>The request with this index is answered, or never will be.</summary>
    public void OnSettled(ulong index)
    {
        if (_holdIndex == index)
        {
            _holdIndex = null;
        }
    }

    /// <summary>What was kept of a request is given back.</summary>
    public void OnReleased(int bytes) => _outstandingBytes -= bytes;

    private void Begin()
    {
        // Pipelined requests that wait for their answers share one allowance.
        var room = Math.Max(limits.MaxBuffered - _outstandingBytes, 0);
        Current = session.Pool.Rent();
        Current.Head.Begin(isRequest: true, Math.Min(limits.MaxHeaderBlock, Math.Max(room, limits.MaxHeaderBlock / 16)));
        _headDone = false;
        EndedWith = null;
    }

    private void EndHead(Http1Message message)
    {
        _headDone = true;
        var kind = message.Head.Framing.OfRequest(message.Head.MinorVersion, out var length);
        var room = Math.Max(limits.MaxBuffered - _outstandingBytes, 0);
        message.Body.Begin(
            kind, length, Math.Min(limits.MaxBodyPrefix, room), limits.KeepHeaders ? Math.Min(limits.MaxHeaderBlock, room / 2) : 0);
        if (message.Head.Framing.HasUpgrade || message.Head.IsConnect)
        {
            message.IsTurningPoint = true;
        }

        session.OnRequest(message);
    }

    // True when the protocol ends with it.
    private bool End(bool isWhole = true)
    {
        var message = Current!;
        Current = null;
        message.IsEnded = true;
        EndedWith = isWhole ? message.Index : null;
        if (message.IsTurningPoint && !message.IsGivenUp && message.Response is not { IsEnded: true })
        {
            _holdIndex = message.Index;
        }

        _outstandingBytes += message.Kept;
        session.OnRequestEnd(message);
        return session.TryFinishSwitch();
    }
}
