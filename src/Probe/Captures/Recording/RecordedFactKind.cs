// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Recording;

/// <summary>What one line of a recording's comment says.</summary>
internal enum RecordedFactKind
{
    /// <summary>Nothing that is known here.</summary>
    None,

    /// <summary>The engine was told that time has come this far.</summary>
    Time,

    /// <summary>The facts of a connection, in front of its first call.</summary>
    Connection,

    /// <summary>The facts of a call; the packet has its first captured bytes.</summary>
    Call,

    /// <summary>The packet has more bytes of the call before it.</summary>
    Part,

    /// <summary>From here on the connection carries the ciphertext of plaintext that comes.</summary>
    Tls,

    /// <summary>The peer of a connection that was shown without one is known now.</summary>
    Peer,

    /// <summary>A connection is gone.</summary>
    Close,

    /// <summary>What was lost since the line of this kind before.</summary>
    Loss,

    /// <summary>The recording ended in order.</summary>
    End,
}
