// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Doctor;

/// <summary>How a check came out.</summary>
public enum DoctorResult
{
    /// <summary>As it should be.</summary>
    Pass = 0,

    /// <summary>Works, but with less than it could.</summary>
    Warn = 1,

    /// <summary>l7trace does not work like this.</summary>
    Fail = 2,

    /// <summary>Could not be tried, because something before it failed or does not apply.</summary>
    Skip = 3,
}
