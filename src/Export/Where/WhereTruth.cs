// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Where;

/// <summary>What a test says of an exchange. "And" is the least of both sides, "or" the greatest.</summary>
public enum WhereTruth : byte
{
    /// <summary>It does not hold.</summary>
    False = 0,

    /// <summary>A field that it needs is not known.</summary>
    Unknown = 1,

    /// <summary>It holds.</summary>
    True = 2,
}
