// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe;

/// <summary>Why something is missing. The first ones equal <c>enum l7_loss_reason</c>.</summary>
public enum LossReason
{
    /// <summary>Records that found no room in the data ring.</summary>
    DataRingFull = 0,

    /// <summary>Bytes that the calls behind those records moved.</summary>
    DataRingBytes = 1,

    /// <summary>Records that were cut for want of room.</summary>
    RingTruncated = 2,

    /// <summary>Opens, closes and process events that found no room in the control ring.</summary>
    ControlRingFull = 3,

    /// <summary>Calls that could not be remembered between entry and exit.</summary>
    CallsFull = 4,

    /// <summary>Calls on connections for which the table had no room.</summary>
    ConnectionsFull = 5,

    /// <summary>Calls whose descriptor meant another socket at exit than at entry.</summary>
    Unattributed = 6,

    /// <summary>Reads of the process's memory that failed.</summary>
    UserFault = 7,

    /// <summary>Calls whose place in the stream could not be proven.</summary>
    OffsetUnproven = 8,

    /// <summary>Children for which the table of processes had no room.</summary>
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

    /// <summary>Records that this program could not decode: a bug.</summary>
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
}
