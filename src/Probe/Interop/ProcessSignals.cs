// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace L7Trace.Probe;

/// <summary>Sends signals to processes, which .NET can do only for SIGKILL.</summary>
public static partial class ProcessSignals
{
    /// <summary>Sends a signal; false when the process is gone or belongs to someone else.</summary>
    /// <param name="processId">A process id above zero: groups are never meant.</param>
    /// <param name="signal">The signal's number.</param>
    public static bool Send(int processId, int signal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processId, 1);
        return Kill(processId, signal) == 0;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
