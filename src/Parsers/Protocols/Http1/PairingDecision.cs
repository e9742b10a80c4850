// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>What is done with a response whose first byte stands in the window.</summary>
internal enum PairingDecision : byte
{
    /// <summary>It answers the request given.</summary>
    Pair,

    /// <summary>It is not known which request it answers.</summary>
    Orphan,

    /// <summary>What settles it may still come in the other direction.</summary>
    Wait,
}
