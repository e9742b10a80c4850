// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols;

/// <summary>
/// State of one connection in one protocol: takes the bytes of both directions, in order within a direction, and
/// gives finished exchanges to the handler it was made with. Not thread-safe. Never throws on input.
/// </summary>
public interface IProtocolSession
{
    /// <summary><see cref="TryResync"/>: no boundary can be shown in these bytes, they are dropped.</summary>
    const int NoBoundary = -1;

    /// <summary>
    /// <see cref="TryResync"/>: the bytes may begin a unit but are too few to show it (a packet header read apart from
    /// its payload): they are kept until more comes, <see cref="ParseLimits.MaxDetection"/> at most.
    /// </summary>
    const int MoreNeeded = -2;

    /// <summary>The protocol.</summary>
    Protocol Protocol { get; }

    /// <summary>
    /// True once both sides agreed to go on in TLS on this stream: nothing that follows is given to the session, and the
    /// plaintext, if any, comes from another source.
    /// </summary>
    bool IsTls => false;

    /// <summary>
    /// True once nothing that follows on the connection will be read though it goes on (a replica's stream): the source
    /// may leave its bytes out.
    /// </summary>
    bool IsOver => false;

    /// <summary>
    /// The plaintext is there, from <paramref name="source"/>: the session, which <see cref="IsTls"/>, reads on with what it
    /// knows, both directions at the first byte behind the TLS handshake. False when it has nothing to go on with: the
    /// plaintext's protocol is found anew.
    /// </summary>
    bool TryContinueInTls(SegmentSource source) => false;

    /// <summary>
    /// At the end of the protocol, the exchange whose response was that end and whose request the next protocol answers once
    /// more (an upgrade to HTTP/2, RFC 7540, section 3.2); null otherwise.
    /// </summary>
    HttpExchange? UpgradedRequest => null;

    /// <summary>
    /// At the end of the protocol, this direction stands at the first byte of what follows. False when it may not: what ended the protocol
    /// answers no request that is known, framing was lost in front of the end, or bytes behind it were read already.
    /// </summary>
    bool IsAtEnd(Direction direction) => true;

    /// <summary>
    /// At the end of the protocol, the session that goes on in the protocol that both sides agreed on (an upgrade to WebSocket),
    /// in each direction behind what was read; null when what follows has to be found.
    /// </summary>
    IProtocolSession? Successor => null;

    /// <summary>
    /// Reads as many units as stand in the window and advances it past what was consumed. Returns
    /// <see cref="ParseStatus.NeedMoreData"/> when all that can be read was read (also when the window is empty),
    /// <see cref="ParseStatus.AwaitRequest"/>, <see cref="ParseStatus.InvalidData"/> (the tracker then takes it as
    /// lost framing: what stands in the window goes, and <see cref="TryResync"/> is asked about what follows), or
    /// <see cref="ParseStatus.EndOfProtocol"/>.
    /// </summary>
    ParseStatus Read(Direction direction, StreamWindow window);

    /// <summary>
    /// <paramref name="length"/> bytes are missing behind the bytes in the window (which were not consumed by the
    /// last Read). When they all lie inside a unit whose framing says where it goes on, the session takes what it
    /// wants of the window (<see cref="StreamWindow.TimeAt"/> knows the hole's bytes too), counts the missing bytes as skipped, and returns true: the next bytes continue behind the
    /// hole. Otherwise it ends what can no longer be paired and returns false: it is then lost in this direction and
    /// <see cref="TryResync"/> is asked. Either way the tracker discards what is left in the window.
    /// <see cref="ulong.MaxValue"/> says that the tracker gives up the window's bytes: framing is lost in any case.
    /// </summary>
    bool OnGap(Direction direction, StreamWindow window, ulong length);

    /// <summary>
    /// More bytes are missing while framing is lost: none of them is a continuation, but messages may be among them.
    /// </summary>
    void OnMissed(Direction direction)
    {
    }

    /// <summary>
    /// Looks for the next unit boundary after lost framing. Returns the number of bytes to drop in front of it (0:
    /// a unit begins at the window's first byte), <see cref="NoBoundary"/> or <see cref="MoreNeeded"/>. A session that
    /// is made for a connection joined in the middle is asked this first in the direction that was not recognised.
    /// After a value of 0 or more, Read is called at that place. <see cref="StreamWindow.CallEnd"/>
    /// tells where the call that moved the first byte ended, <see cref="StreamWindow.CallStart"/> where it began.
    /// </summary>
    int TryResync(Direction direction, StreamWindow window);

    /// <summary>The direction ended in order (FIN, shutdown): a close-delimited body is complete now.</summary>
    void OnEndOfStream(Direction direction, SegmentTime time);

    /// <summary>The connection is gone: everything outstanding is emitted as aborted.</summary>
    void OnClose(long time);

    /// <summary>
    /// Nothing more will be read here, though the connection goes on: what is finished and waits for a proof that will
    /// not come is emitted without it. What is outstanding is left to <see cref="VisitInFlight"/>.
    /// </summary>
    void OnEndOfReading()
    {
    }

    /// <summary>Calls the visitor for every request that has no complete response yet, with a snapshot of it.</summary>
    void VisitInFlight(Action<Exchange> visitor);
}
