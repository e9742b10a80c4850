// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>What a connection runs over.</summary>
public enum Transport
{
    /// <summary>TCP over IPv4.</summary>
    Tcp4,

    /// <summary>TCP over IPv6.</summary>
    Tcp6,

    /// <summary>A unix stream socket.</summary>
    Unix,
}
