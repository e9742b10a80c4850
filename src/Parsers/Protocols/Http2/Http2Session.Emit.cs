// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Parsers.Protocols.Http2;

/// <content>Exchanges going out.</content>
internal sealed partial class Http2Session
{
    private void End(Http2Stream stream, ExchangeState state)
    {
        if (stream.WebSocket is { } socket)
        {
            socket.Close(state == ExchangeState.Lost ? state : ExchangeState.Aborted);
        }
        else if (stream.Request.HasHead || stream.Response.HasHead)
        {
            _context.Handler.OnExchange(Http2ExchangeFactory.Make(_context, stream, state));
        }

        Close(stream);
    }

    // The exchange ends here, with what was said so far; the stream goes on (RFC 8441).
    private void BeginWebSocket(Http2Stream stream)
    {
        var isRequestLost = stream.Request.IsUncertain || stream.Request.BodySize > 0;
        stream.Request.IsEnded = true;
        var handshake = Http2ExchangeFactory.Make(_context, stream, ExchangeState.Done);
        stream.Request.IsEnded = false;
        _context.Handler.OnExchange(handshake);
        stream.WebSocket = new Http2WebSocket(new WebSocketSession(_context, handshake, Http2WebSocket.Options(stream.Response.Fields)));
        if (isRequestLost)
        {
            stream.WebSocket.Lose(isClient: true); // it may have sent frames already
        }
    }

    /// <summary>How it ended, or will, is not known.</summary>
    private void EndLost(Http2Stream stream) =>
        End(stream, stream.Response.IsEnded ? ExchangeState.Done : ExchangeState.Lost);

    // The connection is gone.
    private void EndAll()
    {
        foreach (var stream in _streams.All.ToList())
        {
            End(stream, stream switch
            {
                { Response.IsEnded: true } => ExchangeState.Done,
                { Response.IsUncertain: true } or { Request.HasHead: false } => ExchangeState.Lost,
                _ when _responsesLost => ExchangeState.Lost,
                { Request.IsEnded: true, Response.HasAllOfItsLength: true } => ExchangeState.Done, // END_STREAM alone was to come
                _ => ExchangeState.Aborted,
            });
        }
    }

    private void Close(Http2Stream stream)
    {
        _kept -= stream.NotedKept;

        // A frame of it may be under way, and the object is another stream's next.
        _requests.Forget(stream);
        _responses.Forget(stream);
        _streams.Close(stream);
    }
}
