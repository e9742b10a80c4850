// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Analysis.Reports;

/// <summary>What was seen, in groups; within each list the largest total time comes first and MISC last.</summary>
/// <param name="Statements">MySQL statements.</param>
/// <param name="Routes">HTTP routes.</param>
/// <param name="WebSockets">WebSocket connections by route.</param>
/// <param name="InFlight">Exchanges that still ran, the oldest first.</param>
/// <param name="Time">When it was made, nanoseconds since the Unix epoch: ages are counted to here.</param>
public sealed record Report(
    IReadOnlyList<ReportGroup> Statements, IReadOnlyList<ReportGroup> Routes, IReadOnlyList<ReportGroup> WebSockets, IReadOnlyList<Exchange> InFlight, long Time);
