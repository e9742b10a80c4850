// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Connections;

/// <summary>What every tracker of one engine shares.</summary>
internal sealed record TrackerServices(
    IExchangeHandler Handler,
    ParseLimits Limits,
    StreamCounters Counters,
    IReadOnlyList<IProtocolDetector> Detectors,
    InflaterPool Inflaters,
    Action<ConnectionId, Protocol> ProtocolFound,
    Action<ConnectionId> NothingMoreIsRead)
{
    /// <summary>What connections use in turn.</summary>
    public SharedPools Shared { get; } = new();
}
