// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Ends;

/// <summary>Which view of an exchange is shown when both ends are on this host.</summary>
public enum SideSelection : byte
{
    /// <summary>One, with the other attached, where both are proven to be the same; else what there is.</summary>
    Auto = 0,

    /// <summary>Only what clients did.</summary>
    Client = 1,

    /// <summary>Only what servers did.</summary>
    Server = 2,

    /// <summary>Every view on its own.</summary>
    Both = 3,
}
