// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// How a connection begins in one file. The engine learns a role while it reads; a reader of the recording must begin
/// where the engine began, and learn it in the same way.
/// </summary>
/// <param name="Connection">What stays as it is.</param>
/// <param name="Role">The role as it was known.</param>
/// <param name="Evidence">How.</param>
/// <param name="FromStart">True when both streams are in this file from their first byte.</param>
/// <param name="OffsetsKnown">True when the two offsets are.</param>
/// <param name="EgressOffset">Stream offset at which the sent bytes begin.</param>
/// <param name="IngressOffset">Stream offset at which the received bytes begin.</param>
internal readonly record struct RecordedStart(
    ConnectionInfo Connection,
    EndpointRole Role,
    RoleEvidence Evidence,
    bool FromStart,
    bool OffsetsKnown,
    ulong EgressOffset,
    ulong IngressOffset);
