// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// The words of a recording's comments. docs/recording.md describes them; they are a file format: a word may be added,
/// never changed.
/// </summary>
internal static class RecordingWords
{
    /// <summary>Every line of ours begins with it.</summary>
    public static ReadOnlySpan<byte> Mark => "l7trace "u8;

    /// <summary>The section's comment begins with it; a reader that knows another number must not read on as ours.</summary>
    public const string SectionMark = "l7trace recording 1";

    /// <summary>Link type of raw IPv4 and IPv6 packets (LINKTYPE_RAW).</summary>
    public const ushort RawIp = 101;

    /// <summary>Link type of what no dissector is to take for traffic (LINKTYPE_USER0).</summary>
    public const ushort Private = 147;

    /// <summary>Words of <see cref="EndpointRole"/>, by value.</summary>
    public static readonly string[] Roles = ["unknown", "client", "server"];

    /// <summary>Words of <see cref="RoleEvidence"/>, by value.</summary>
    public static readonly string[] Evidence =
        ["none", "connect", "accept", "unix-path", "listener", "first-message", "handshake"];

    /// <summary>Words of <see cref="PeerProof"/>, by value.</summary>
    public static readonly string[] Proofs = ["unknown", "socket", "nested-call", "ciphertext-match"];

    /// <summary>Words of <see cref="Direction"/>, by value.</summary>
    public static readonly string[] Directions = ["out", "in"];

    /// <summary>Words of <see cref="SegmentFlags"/>, with their values.</summary>
    public static readonly (string Word, SegmentFlags Value)[] Flags =
    [
        ("unproven", SegmentFlags.OffsetUnproven),
        ("end", SegmentFlags.EndOfStream),
        ("length-only", SegmentFlags.LengthOnly),
        ("fault", SegmentFlags.Fault),
        ("gap-final", SegmentFlags.GapIsFinal),
    ];

    /// <summary>Words of <see cref="SegmentSource"/>, with their values; a socket is not named.</summary>
    public static readonly (string Word, SegmentSource Value)[] Sources =
        [("openssl", SegmentSource.OpenSsl), ("gnutls", SegmentSource.GnuTls), ("go-tls", SegmentSource.GoTls), ("ktls", SegmentSource.KernelTls), ("nss", SegmentSource.Nss), ("packet", SegmentSource.Packet)];
}
