// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>What follows from a protocol.</summary>
public static class ProtocolExtensions
{
    /// <summary>False when it is known that nobody reads the connection's bytes: there is no use in capturing them.</summary>
    public static bool IsOfUse(this Protocol protocol) => protocol is not (Protocol.Other or Protocol.Tls or Protocol.MySqlX);
}
