// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export;

/// <summary>Why something is missing. The values below 14 equal <c>enum l7_loss_reason</c>.</summary>
public enum LossCause : byte
{
    /// <summary>Calls whose record did not fit into the data ring.</summary>
    DataRingFull = 0,

    /// <summary>Bytes that those calls moved.</summary>
    DataRingBytes = 1,

    /// <summary>Calls recorded with fewer bytes than asked for, for want of room in the ring.</summary>
    RingTruncated = 2,

    /// <summary>Events of connections and processes that did not fit into the control ring.</summary>
    ControlRingFull = 3,

    /// <summary>Calls that could not be remembered between entry and exit.</summary>
    CallsFull = 4,

    /// <summary>Connections that found no room in the kernel's table.</summary>
    ConnectionsFull = 5,

    /// <summary>Calls whose descriptor meant another socket at the exit than at the entry.</summary>
    Unattributed = 6,

    /// <summary>Calls whose memory could not be read.</summary>
    UserFault = 7,

    /// <summary>Calls whose place in the stream could not be proven.</summary>
    OffsetUnproven = 8,

    /// <summary>Child processes that could not be followed.</summary>
    ProcessesFull = 9,

    /// <summary>TLS objects, or calls of their library, for which a table had no room.</summary>
    TlsFull = 10,

    /// <summary>Calls of a TLS library whose return was not seen: what they moved is not known.</summary>
    TlsUnfinished = 11,

    /// <summary>Bytes that sockets in scope moved past the calls that are traced: by io_uring, or by the kernel itself.</summary>
    UnseenBytes = 12,

    /// <summary>Calls of which the entry was seen and the return was not: what they moved is not known.</summary>
    MissedReturns = 13,

    /// <summary>Calls of TLS libraries, in a scope of ports, before it was proven that their connection has one of these: not read.</summary>
    TlsUnproven = 14,

    /// <summary>Records of the kernel side that could not be decoded: a bug.</summary>
    Undecodable = 15,

    /// <summary>Files of TLS libraries that a process mapped before they were probed: its first calls may be missing.</summary>
    TlsLate = 16,

    /// <summary>Connections with TLS of a process none of whose TLS libraries can be read.</summary>
    TlsUnread = 17,

    /// <summary>
    /// Runs of programs that the kernel skipped, as another task was in the same program: each may have been a call in scope, or
    /// none.
    /// </summary>
    SkippedRuns = 18,

    /// <summary>Finished exchanges dropped because the output could not keep up.</summary>
    QueueFull = 32,

    /// <summary>Exchanges that an output failed to take.</summary>
    SinkFailed = 33,

    /// <summary>Connections that found no room in the recorder: a recording lacks them.</summary>
    RecorderConnections = 34,

    /// <summary>Calls recorded without their bytes, for want of room in the recorder.</summary>
    RecorderCalls = 35,

    /// <summary>Packets that the program that took a capture says it dropped.</summary>
    CaptureDropped = 36,

    /// <summary>Holes in the streams: one or more whole calls missing, of any cause above.</summary>
    Gaps = 40,

    /// <summary>Bytes in those holes.</summary>
    GapBytes = 41,

    /// <summary>Calls that came to light after their connection was closed.</summary>
    Late = 42,

    /// <summary>Connections given up because the parsers' table was full.</summary>
    Evicted = 43,

    /// <summary>Calls that contradict themselves.</summary>
    Malformed = 44,

    /// <summary>Connections given up because a parser failed: a bug.</summary>
    ParserFaults = 45,

    /// <summary>Connections of MySQL's X Protocol, which is recognised and not parsed yet.</summary>
    XProtocol = 46,

    /// <summary>For a reason that this version does not know; a later one wrote it into a file.</summary>
    Other = 255,
}
