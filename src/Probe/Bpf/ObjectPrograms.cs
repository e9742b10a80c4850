// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Bpf;

/// <summary>Which of the kernel object's programs are loaded: what is not needed would cost start-up its verification.</summary>
internal enum ObjectPrograms
{
    /// <summary>Sockets and processes, and the functions of TLS libraries.</summary>
    SocketsAndTls,

    /// <summary>Sockets and processes.</summary>
    Sockets,

    /// <summary>What reads the secrets of TLS connections, and nothing else.</summary>
    Secrets,

    /// <summary>Sockets and processes, and what reads the secrets of TLS connections.</summary>
    SocketsAndSecrets,

    /// <summary>The functions of TLS libraries, and processes.</summary>
    Functions,
}
