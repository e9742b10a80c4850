// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols;

/// <summary>Outcome of reading one unit. Four things that never mix, and none is an exception.</summary>
public enum ParseStatus
{
    /// <summary>The unit was read and consumed.</summary>
    Done,

    /// <summary>More bytes are needed; progress is kept, nothing is scanned twice.</summary>
    NeedMoreData,

    /// <summary>These bytes are not this protocol at this place.</summary>
    InvalidData,

    /// <summary>Bytes of a unit whose length is known were counted without being looked at.</summary>
    Skipped,

    /// <summary>
    /// A response stands here whose request has not been seen; nothing was consumed. The tracker calls again when
    /// the other direction has moved on, and after <see cref="ParseLimits.ResponseWait"/> with
    /// <see cref="StreamWindow.MustNotWait"/> set.
    /// </summary>
    AwaitRequest,

    /// <summary>This protocol has ended on the connection (Upgrade, CONNECT): what follows is detected anew.</summary>
    EndOfProtocol,
}
