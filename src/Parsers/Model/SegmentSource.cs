// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>Where the bytes of a segment were taken. The first values equal <c>enum l7_source</c>.</summary>
public enum SegmentSource : byte
{
    /// <summary>A socket call.</summary>
    Socket = 0,

    /// <summary>OpenSSL or BoringSSL plaintext.</summary>
    OpenSsl = 1,

    /// <summary>GnuTLS plaintext.</summary>
    GnuTls = 2,

    /// <summary>Go crypto/tls plaintext.</summary>
    GoTls = 3,

    /// <summary>Plaintext of a socket whose TLS the kernel does (kTLS).</summary>
    KernelTls = 4,

    /// <summary>NSS plaintext.</summary>
    Nss = 5,

    /// <summary>A packet of a capture file.</summary>
    Packet = 16,
}
