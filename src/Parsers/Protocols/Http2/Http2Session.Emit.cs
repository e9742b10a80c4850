// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.Http2;

/// <content>Exchanges going out.</content>
internal sealed partial class Http2Session
{
    private void End(Http2Stream stream, ExchangeState state)
    {
        if (stream.Request.HasHead || stream.Response.HasHead)
        {
            _context.Handler.OnExchange(Http2ExchangeFactory.Make(_context, stream, state));
        }

        Close(stream);
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
