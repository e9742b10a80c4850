// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Recording;

/// <summary>Flags of a TCP header (RFC 9293, section 3.1).</summary>
[Flags]
internal enum TcpFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The sender has no more data.</summary>
    Fin = 1,

    /// <summary>The connection begins.</summary>
    Syn = 2,

    /// <summary>Bytes for the application to have at once.</summary>
    Push = 8,

    /// <summary>The acknowledgement number counts.</summary>
    Ack = 16,
}
