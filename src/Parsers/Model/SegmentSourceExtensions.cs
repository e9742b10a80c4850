// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>What follows from a segment's source.</summary>
public static class SegmentSourceExtensions
{
    /// <summary>True when the bytes are the plaintext of a TLS library, whose offsets are its own and begin at 0.</summary>
    public static bool IsTlsPlaintext(this SegmentSource source) =>
        source is SegmentSource.OpenSsl or SegmentSource.GnuTls or SegmentSource.GoTls or SegmentSource.KernelTls or SegmentSource.Nss;
}
