// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.KeyLog;

namespace L7Trace.Probe;

/// <summary>How to trace. Sizes are bytes.</summary>
public sealed record ProbeOptions
{
    /// <summary>Smallest <see cref="CaptureLimit"/>.</summary>
    public const uint MinCaptureLimit = 256;

    /// <summary>Largest <see cref="CaptureLimit"/>.</summary>
    public const uint MaxCaptureLimit = 256 * 1024;

    /// <summary>Largest <see cref="TailLimit"/>.</summary>
    public const uint MaxTailLimit = 4096;

    /// <summary>Smallest ring.</summary>
    public const uint MinRingBytes = 64 * 1024;

    /// <summary>Largest ring.</summary>
    public const uint MaxRingBytes = 1024 * 1024 * 1024;

    /// <summary>What is traced.</summary>
    public required ProbeScope Scope { get; init; }

    /// <summary>Captured from the beginning of each call, 256 bytes to 256 KiB.</summary>
    public uint CaptureLimit { get; init; } = 16 * 1024;

    /// <summary>
    /// The same for HTTP/2, 256 bytes to 256 KiB: where its frames end stands in front of each, so that of a long call the
    /// beginning is not enough.
    /// </summary>
    public uint FramedCaptureLimit { get; init; } = MaxCaptureLimit;

    /// <summary>Captured from the end of a longer call, 0 to 4 KiB.</summary>
    public uint TailLimit { get; init; } = 512;

    /// <summary>Ring for payload: a power of two, 64 KiB to 1 GiB.</summary>
    public uint DataRingBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Ring for opens, closes and processes: a power of two, 64 KiB to 1 GiB.</summary>
    public uint ControlRingBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Read the plaintext of TLS libraries.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>
    /// Takes the secrets of TLS connections; then no plaintext of TLS is read, and without <see cref="Ciphertext"/> nothing else is
    /// traced and the scope must have no ports. <see cref="Tls"/> must be true. Null for none.
    /// </summary>
    public IKeyLog? KeyLog { get; init; }

    /// <summary>Calls of TLS functions are counted by process, and nothing else is traced. <see cref="Tls"/> must be true.</summary>
    public bool CountsHits { get; init; }

    /// <summary>Beside the secrets, sockets are traced, and of TLS connections the ciphertext.</summary>
    public bool Ciphertext { get; init; }

    /// <summary>
    /// Files that are looked into for a TLS library before tracing begins, besides those that the loader knows: of a command
    /// that is about to be started.
    /// </summary>
    public IReadOnlyList<string> TlsFiles { get; init; } = [];

    /// <summary>Where calls are seen; null for the best that this kernel takes.</summary>
    public CaptureBackend? Backend { get; init; }

    /// <summary>Find sockets by walking the task's files even where the socket tracepoints load.</summary>
    public bool ForceFdWalk { get; init; }
}
