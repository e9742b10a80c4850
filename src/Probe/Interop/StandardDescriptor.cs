// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Interop;

namespace L7Trace.Probe;

/// <summary>What .NET does not say of the descriptors that a process is started with, or says at a price.</summary>
public static unsafe class StandardDescriptor
{
    /// <summary>
    /// True when what is written to it can reach nobody any more: the last reader of the pipe has closed its end, or
    /// the peer has hung up. A file never says so.
    /// </summary>
    public static bool IsUnread(int descriptor)
    {
        var poll = new LibC.PollDescriptor { Fd = descriptor };
        return LibC.Poll(&poll, 1, 0) == 1 && (poll.Returned & (LibC.PollError | LibC.PollHangUp)) != 0;
    }
}
