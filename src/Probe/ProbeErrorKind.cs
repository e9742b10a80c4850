// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe;

/// <summary>Why a trace could not start.</summary>
public enum ProbeErrorKind
{
    /// <summary>Anything else.</summary>
    Other = 0,

    /// <summary>Not root, and no capabilities in its place.</summary>
    NotRoot,

    /// <summary>Some capabilities are there, but not all that are needed.</summary>
    MissingCapability,

    /// <summary>The privileges are there, and something else (seccomp, an LSM, a container) forbids BPF.</summary>
    Forbidden,

    /// <summary>The kernel gives no type information (BTF).</summary>
    NoBtf,

    /// <summary>tracefs is not mounted or not readable.</summary>
    NoTracefs,

    /// <summary>The kernel is locked down.</summary>
    Lockdown,

    /// <summary>Not enough memory for the maps and rings.</summary>
    MemoryLimit,

    /// <summary>This process does not see the machine's own process ids.</summary>
    ProcessNamespace,

    /// <summary>This process is in a user namespace of its own, where capabilities do not count.</summary>
    UserNamespace,

    /// <summary>The kernel lacks something that is needed; the message names it.</summary>
    MissingFeature,

    /// <summary>The kernel takes the programs in no form; the message has its own words.</summary>
    KernelRefused,

    /// <summary>A process or cgroup that was named does not exist.</summary>
    TargetNotFound,

    /// <summary>An option has a value that can't be used.</summary>
    InvalidOption,
}
