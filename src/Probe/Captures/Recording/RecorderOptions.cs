// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Runtime.InteropServices;
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>How a recording is written.</summary>
public sealed record RecorderOptions
{
    /// <summary>Version of the program, for the section header.</summary>
    public required string Version { get; init; }

    /// <summary>A new file begins when one has this many bytes; null for never.</summary>
    public long? RotateBytes { get; init; }

    /// <summary>A new file begins when one is this old, nanoseconds; null for never.</summary>
    public long? RotateTime { get; init; }

    /// <summary>What was recorded is handed to the kernel at least this often, nanoseconds: a kill loses no more.</summary>
    public long FlushInterval { get; init; } = 500_000_000;

    /// <summary>Bytes at most that wait, of all connections, for their protocol to be known.</summary>
    public long MaxHeld { get; init; } = 32 * 1024 * 1024;

    /// <summary>Connections at most; those beyond it are not recorded.</summary>
    public int MaxConnections { get; init; } = 200_000;

    /// <summary>
    /// Which connections are recorded; null for all. Asked when a connection's protocol is found, and with it its role;
    /// with <see cref="Protocol.Unknown"/> for one that ended before. The number is the process that made the first
    /// call, 0 if it is not known.
    /// </summary>
    public Func<ConnectionInfo, Protocol, uint, bool>? Wanted { get; init; }

    /// <summary>TLS connections are recorded as ciphertext, with their secrets in front of it.</summary>
    public bool WithKeys { get; init; }

    /// <summary>Names of an address, which are written beside its packets; null when none are known.</summary>
    public Func<IPAddress, IReadOnlyList<string>>? NamesOf { get; init; }

    /// <summary>Kind of machine.</summary>
    public string Hardware { get; init; } = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();

    /// <summary>Its operating system.</summary>
    public string OperatingSystem { get; init; } = RuntimeInformation.OSDescription;
}
