// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>How the address of the peer is known.</summary>
public enum PeerProof : byte
{
    /// <summary>It is not known.</summary>
    Unknown = 0,

    /// <summary>Read from the very socket that moved the bytes (or from the packet).</summary>
    Socket = 1,

    /// <summary>A socket call nested in the TLS call.</summary>
    NestedCall = 2,

    /// <summary>The ciphertext of the TLS call was seen on the socket.</summary>
    CiphertextMatch = 3,
}
