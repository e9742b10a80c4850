// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Tls;

/// <summary>A process that moved TLS which could not be read.</summary>
/// <param name="ProcessId">The process.</param>
/// <param name="Connections">Its connections with TLS.</param>
/// <param name="Reason">Which implementations it has and why they are not read, for people; null when it ended before that was seen.</param>
public sealed record UnreadTlsProcess(uint ProcessId, long Connections, string? Reason);
