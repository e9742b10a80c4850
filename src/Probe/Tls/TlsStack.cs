// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Tls;

/// <summary>An implementation of TLS in a process, as its files show it. Texts are what programs wrote: not safe for a terminal.</summary>
/// <param name="Name">What people call it: "OpenSSL", "Go crypto/tls".</param>
/// <param name="Version">Its version by its own words, or by the file's name; null when neither says it.</param>
/// <param name="Path">The file that it is in, in the process's own view.</param>
/// <param name="Functions">Functions of the file that are probed; 0 when it is reached through another file.</param>
/// <param name="Reason">Why its plaintext is not read; null when it is.</param>
public sealed record TlsStack(string Name, string? Version, string Path, int Functions, string? Reason)
{
    /// <summary>True when its plaintext is read.</summary>
    public bool IsRead => Reason is null;

    /// <summary>Which file <see cref="Path"/> is; null when that could not be told.</summary>
    public FileIdentity? File { get; init; }
}
