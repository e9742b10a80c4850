// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli.Options;

/// <summary>Whether colours are used.</summary>
internal enum ColorChoice
{
    /// <summary>On terminals that can, unless the environment says otherwise.</summary>
    Auto,

    /// <summary>In any case.</summary>
    Always,

    /// <summary>In no case.</summary>
    Never,
}
