// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Checks;

/// <summary>What became of a rule.</summary>
public enum CheckOutcome : byte
{
    /// <summary>It holds.</summary>
    Passed,

    /// <summary>It does not.</summary>
    Failed,

    /// <summary>Nothing was seen that breaks it, but not everything was seen.</summary>
    Inconclusive,
}
