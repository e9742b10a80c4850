// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Parsers.Protocols.Http1;

/// <content>Exchanges going out. A pair that is not proven goes out as two halves.</content>
internal sealed partial class Http1Session
{
    private void DropGivenUp(bool responsesEnded = false)
    {
        if (_pairing.GivenUp.Count == 0)
        {
            return;
        }

        foreach (var request in _pairing.GivenUp)
        {
            _requestSide.OnSettled(request.Index);
            if (request.IsEnded)
            {
                // Known to have had no response, or not known.
                var isAborted = responsesEnded && IsCertain(request);
                EmitRequest(request, isAborted ? ExchangeState.Aborted : ExchangeState.Lost);
            }
        }

        _pairing.GivenUp.Clear();
    }

    private void EmitRequest(Http1Message request, ExchangeState state)
    {
        _context.Handler.OnExchange(Http1ExchangeFactory.Make(_context, _texts, request, null, state));
        Release(request);
    }

    private void Emit(Http1Message request, Http1Message response)
    {
        if (IsCertain(request))
        {
            var exchange = Http1ExchangeFactory.Make(_context, _texts, request, response, response.Outcome);
            UpgradedRequest = IsUpgradeToHttp2(response.Head) ? exchange : null;
            _context.Handler.OnExchange(exchange);
            if (WebSocketHandshake.Read(response.Head.Status, request.Head.Lines, response.Head.Lines) is { } options && request.Body.IsDone)
            {
                Successor = new WebSocketSession(_context, exchange, options);
            }
        }
        else
        {
            _context.Handler.OnExchange(Http1ExchangeFactory.Make(_context, _texts, request, null, ExchangeState.Lost));
            if (response.Head is { HasStartLine: true, IsInterim: false })
            {
                _context.Handler.OnExchange(Http1ExchangeFactory.Make(_context, _texts, null, response, response.Outcome));
            }
        }

        Pool.Return(response);
        Release(request);
    }

    private static bool IsUpgradeToHttp2(Http1Head head) =>
        head.Status == 101 && Http1HeaderList.TryFind(head.Lines, "upgrade"u8, out var to) && Ascii.EqualsIgnoreCase(to, "h2c"u8);

    private void Release(Http1Message request)
    {
        _requestSide.OnReleased(request.Kept);
        Pool.Return(request);
    }

    private HttpExchange Running(Http1Message request)
    {
        var isCertain = IsCertain(request);
        return Http1ExchangeFactory.Make(_context, _texts, request, isCertain ? request.Response : null, ExchangeState.Running);
    }
}
