// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli.Options;

/// <summary>Which end's view of an exchange is shown.</summary>
internal enum SideChoice
{
    /// <summary>Either; an exchange whose two ends are both traced shows once, as the client saw it.</summary>
    Auto,

    /// <summary>Only what traced clients did.</summary>
    Client,

    /// <summary>Only what traced servers did.</summary>
    Server,

    /// <summary>Both views, each on its own.</summary>
    Both,
}
