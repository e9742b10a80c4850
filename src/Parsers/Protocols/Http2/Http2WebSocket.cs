// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>
/// WebSocket in the DATA frames of one stream (RFC 8441). Where its framing is lost on one side it is not found again: nothing
/// more of that side is read.
/// </summary>
internal sealed class Http2WebSocket(WebSocketSession session)
{
    private readonly bool[] _isLost = new bool[2];

    /// <summary>The stream's request asks for WebSocket (section 4).</summary>
    public static bool IsAskedFor(HeaderFields request) =>
        request[":method"] == "CONNECT" && request[":protocol"] is { } protocol && protocol.Equals("websocket", StringComparison.OrdinalIgnoreCase);

    /// <summary>What the response agrees to; null when not all of its fields are known.</summary>
    public static WebSocketOptions? Options(HeaderFields response)
    {
        var options = WebSocketOptions.None;
        foreach (var field in response.Span)
        {
            if (!field.IsKnown)
            {
                return null;
            }

            options = field.Name!.ToLowerInvariant() switch
            {
                "sec-websocket-extensions" => options.With(field.Value!),
                "sec-websocket-protocol" => options with { Subprotocol = field.Value },
                _ => options,
            };
        }

        return options;
    }

    /// <summary>Bytes of one side that one call moved.</summary>
    public void Read(bool isClient, ReadOnlySpan<byte> bytes, ulong offset, SegmentTime time)
    {
        if (!_isLost[isClient ? 1 : 0] && !session.IsOver && !session.Read(isClient, bytes, offset, time))
        {
            Lose(isClient);
        }
    }

    /// <summary>Bytes of one side are missing, up to (not including) <paramref name="end"/>.</summary>
    public void Skip(bool isClient, ulong length, ulong end, SegmentTime time)
    {
        if (!_isLost[isClient ? 1 : 0] && !session.IsOver)
        {
            _isLost[isClient ? 1 : 0] = !session.Skip(isClient, length, end, time);
        }
    }

    /// <summary>DATA frames of one side may have been missed.</summary>
    public void Lose(bool isClient)
    {
        if (!_isLost[isClient ? 1 : 0] && !session.IsOver)
        {
            _isLost[isClient ? 1 : 0] = true;
            session.Lose(isClient);
        }
    }

    /// <summary>The stream is over; told in this state where nothing else is known.</summary>
    public void Close(ExchangeState state) => session.Close(state);

    /// <summary>As <see cref="IProtocolSession.VisitInFlight"/>.</summary>
    public void VisitInFlight(Action<Exchange> visitor) => session.VisitInFlight(visitor);
}
