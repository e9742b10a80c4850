// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export.Har;

/// <summary>A switch of protocols whose entry waits for the messages that follow, as many as are kept.</summary>
internal sealed class HarSocket(HttpExchange handshake)
{
    private const int MaxMessages = 10_000;

    private readonly List<WebSocketExchange> _messages = [];

    /// <summary>The request that asked for it.</summary>
    public HttpExchange Handshake { get; } = handshake;

    /// <summary>It became WebSocket.</summary>
    public bool IsWebSocket => Handshake.StatusCode == 101 && HttpText.Header(Handshake.ResponseHeaders, "Upgrade")?.Equals("websocket", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>What was said, in the order in which it ended.</summary>
    public IReadOnlyList<WebSocketExchange> Messages => _messages;

    /// <summary>Takes a message; false when there are too many.</summary>
    public bool TryAdd(WebSocketExchange message)
    {
        if (_messages.Count < MaxMessages)
        {
            _messages.Add(message);
            return true;
        }

        return false;
    }
}
