// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Doctor;

/// <summary>What depends on a check.</summary>
public enum DoctorSeverity
{
    /// <summary>Nothing: it helps to understand the others.</summary>
    Information = 0,

    /// <summary>A part of the features.</summary>
    Optional = 1,

    /// <summary>Everything.</summary>
    Required = 2,
}
