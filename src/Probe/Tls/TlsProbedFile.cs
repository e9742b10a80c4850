// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Tls;

/// <summary>A file whose TLS functions a trace has probed, and how often they were called.</summary>
/// <param name="Path">Path by which it was found; what a program wrote, not safe for a terminal.</param>
/// <param name="Identity">Which file it is; null when it is gone.</param>
/// <param name="Libraries">What it holds.</param>
/// <param name="Functions">Functions that are probed, or places of Go's.</param>
/// <param name="Failed">Functions that could not be probed.</param>
/// <param name="Hits">Calls by processes in scope.</param>
/// <param name="ForeignHits">Calls by processes out of scope, which pay for a trap each and are let go.</param>
/// <param name="HitsByProcess">Of <paramref name="Hits"/>, those of each process, where they are told apart.</param>
public sealed record TlsProbedFile(
    string Path,
    FileIdentity? Identity,
    IReadOnlyList<string> Libraries,
    int Functions,
    IReadOnlyList<string> Failed,
    ulong Hits,
    ulong ForeignHits,
    IReadOnlyDictionary<uint, ulong> HitsByProcess);
