// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Errors;

/// <summary>The Linux capabilities that matter here, by their numbers (capabilities(7)).</summary>
internal enum Capability
{
    /// <summary>Write any file: new files of a recording in another user's folder.</summary>
    DacOverride = 1,

    /// <summary>Read any file, search any folder.</summary>
    DacReadSearch = 2,

    /// <summary>Send signals to other users' processes.</summary>
    Kill = 5,

    /// <summary>Change group ids.</summary>
    SetGid = 6,

    /// <summary>Change user ids.</summary>
    SetUid = 7,

    /// <summary>Look into other users' processes.</summary>
    SysPtrace = 19,

    /// <summary>The old one for everything; contains <see cref="Bpf"/>, <see cref="Perfmon"/> and <see cref="CheckpointRestore"/>.</summary>
    SysAdmin = 21,

    /// <summary>Precedence for threads.</summary>
    SysNice = 23,

    /// <summary>More locked memory than the limit says: matters before kernel 5.11.</summary>
    SysResource = 24,

    /// <summary>Read memory from BPF programs, attach probes.</summary>
    Perfmon = 38,

    /// <summary>Load BPF programs, make maps.</summary>
    Bpf = 39,

    /// <summary>Follow /proc/PID/map_files: files that were deleted or replaced while a process has them mapped.</summary>
    CheckpointRestore = 40,
}
