// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Packets;

/// <summary>TCP's control bits that matter here, with their values on the wire (RFC 9293, section 3.1).</summary>
[Flags]
public enum TcpFlag : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>No more data from the sender.</summary>
    Fin = 1,

    /// <summary>The sequence number is the initial one.</summary>
    Syn = 2,

    /// <summary>The connection is given up.</summary>
    Rst = 4,

    /// <summary>Bytes for the application to have at once.</summary>
    Push = 8,

    /// <summary>The acknowledgment number counts.</summary>
    Ack = 16,
}
