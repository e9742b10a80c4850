// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Interop;

namespace L7Trace.Probe;

/// <summary>Scheduling of the few threads that keep up with the kernel.</summary>
public static class ThreadPreference
{
    private const int OfProcess = 0;   // PRIO_PROCESS: on Linux, of one thread
    private const uint ThisThread = 0;
    private const int Nice = -10;

    /// <summary>
    /// Lets the calling thread run before ordinary ones, for as long as it lives; children that it starts inherit it.
    /// The ring fills while its reader waits for a processor, and beside a busy server with dozens of threads a fair
    /// share is too little: a full ring costs data, the reader's work costs the same whenever it is done. A system
    /// that refuses (no CAP_SYS_NICE) only makes losses more likely, and those are counted.
    /// </summary>
    /// <returns>False when the system refused.</returns>
    public static bool Raise() => LibC.SetPriority(OfProcess, ThisThread, Nice) == 0;
}
