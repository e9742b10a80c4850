// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.Http1;

/// <content>
/// The end of the protocol: 101, or 2xx to CONNECT. The server's next byte is the first of another protocol. The client's is not while it is
/// still sending a request: it has to finish that before it switches (RFC 9110, section 7.8), and where that is, the request's own framing
/// says, whatever the answer was.
/// <code>
///  HTTP/1 --101, no request under way--------------------------------------------------> what follows
///     '-----101, a request under way--> switching --the request's last byte, or an error--^
/// </code>
/// </content>
internal sealed partial class Http1Session
{
    private bool _isSwitching; // the server has; what it sends is not read until the client has too
    private ulong? _turningPoint; // index of the request that asked for it and was answered; null when that is not known

    public HttpExchange? UpgradedRequest { get; private set; }

    public IProtocolSession? Successor { get; private set; }

    public bool IsAtEnd(Direction direction) => !_lost[(int)direction] && (direction != _requests || IsTurned);

    private bool IsTurned => _turningPoint is { } index && _requestSide.EndedWith == index;

    /// <summary>
    /// The response that ends the protocol has begun; <paramref name="request"/> is the one that it is known to answer. To be called before
    /// the messages are given back.
    /// </summary>
    internal void NoteSwitch(Http1Message? request)
    {
        // Behind a request that did not ask for it, what the client sent may have been read as the beginning of the next one.
        _turningPoint = request is { IsTurningPoint: true } && _pairing.Outstanding.Count == 0 ? request.Index : null;
    }

    /// <summary>The response that ends the protocol has ended; false: the protocol goes on to the end of the client's request.</summary>
    internal bool TrySwitch()
    {
        _isSwitching = true;
        if (_requestSide.Current is null)
        {
            EndProtocol();
        }

        return _ended;
    }

    /// <summary>The request that was under way has ended; true when the protocol ends with it.</summary>
    internal bool TryFinishSwitch()
    {
        if (_isSwitching && !_ended)
        {
            EndProtocol();
        }

        return _ended;
    }

    private void EndProtocol()
    {
        _ended = true;
        _pairing.GiveUpAll();
        DropGivenUp();
    }
}
