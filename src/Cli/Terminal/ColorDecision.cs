// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Options;

namespace L7Trace.Cli.Terminal;

/// <summary>
/// The usual rules: the flag, else NO_COLOR (present and not empty), else FORCE_COLOR or CLICOLOR_FORCE, else a
/// terminal that is not "dumb".
/// </summary>
internal static class ColorDecision
{
    /// <summary>True when escape sequences for colour may be written.</summary>
    public static bool UseColor(ColorChoice choice, bool isTerminal, Func<string, string?> variable) => choice switch
    {
        ColorChoice.Always => true,
        ColorChoice.Never => false,
        _ when IsSet(variable("NO_COLOR")) => false,
        _ when IsForced(variable("FORCE_COLOR")) || IsForced(variable("CLICOLOR_FORCE")) => true,
        _ => isTerminal && variable("TERM") is { Length: > 0 } terminal && terminal != "dumb",
    };

    private static bool IsSet(string? value) => !string.IsNullOrEmpty(value);

    private static bool IsForced(string? value) => IsSet(value) && value != "0" && value != "false";
}
