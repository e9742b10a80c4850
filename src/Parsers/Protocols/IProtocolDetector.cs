// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols;

/// <summary>What a detector thinks of the first bytes of a direction.</summary>
public enum DetectionResult
{
    /// <summary>Not this protocol.</summary>
    No,

    /// <summary>Too few bytes to say.</summary>
    Maybe,

    /// <summary>This protocol, and these bytes come from its client.</summary>
    FromClient,

    /// <summary>This protocol, and these bytes come from its server.</summary>
    FromServer,
}

/// <summary>One protocol of the registry: recognises it and makes its sessions. Stateless.</summary>
public interface IProtocolDetector
{
    /// <summary>The protocol.</summary>
    Protocol Protocol { get; }

    /// <summary>
    /// Looks at the first bytes of one direction. <paramref name="role"/> tells the side where it is known
    /// (<paramref name="direction"/> and role then say who sent them); <paramref name="fromStart"/> is true when
    /// these are the first bytes of the connection. When in doubt: Maybe while more bytes may help, else No.
    /// <paramref name="callLength"/> is the length of the call that moved the first byte.
    /// </summary>
    DetectionResult Detect(ReadOnlySequence<byte> bytes, Direction direction, EndpointRole role, bool fromStart, ulong callLength);

    /// <summary>Makes the session of one connection; null for a protocol that is recognised and not parsed.</summary>
    IProtocolSession? CreateSession(SessionContext context);
}
