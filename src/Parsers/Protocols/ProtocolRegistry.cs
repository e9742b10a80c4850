// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Protocols.Http1;

namespace L7Trace.Parsers.Protocols;

/// <summary>The protocols that are parsed, in the order in which they are asked. A new one is one line here.</summary>
internal static class ProtocolRegistry
{
    public static IReadOnlyList<IProtocolDetector> Create(InflaterPool inflaters) =>
    [
        new Http1Detector(),
        new Http2.Http2Detector(),
        new MySql.MySqlDetector(inflaters),
        new MySqlX.MySqlXDetector(),
        new WebSocket.WebSocketDetector(),
    ];
}
