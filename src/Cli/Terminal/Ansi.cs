// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli.Terminal;

/// <summary>The few escape sequences in use. None of them ever comes out of captured bytes.</summary>
internal static class Ansi
{
    /// <summary>Back to normal.</summary>
    public const string Reset = "\e[0m";

    /// <summary>Headings.</summary>
    public const string Bold = "\e[1m";

    /// <summary>What matters less.</summary>
    public const string Dim = "\e[2m";

    /// <summary>Failures.</summary>
    public const string Red = "\e[31m";

    /// <summary>Success.</summary>
    public const string Green = "\e[32m";

    /// <summary>What deserves a look.</summary>
    public const string Yellow = "\e[33m";

    /// <summary>What is not known.</summary>
    public const string Magenta = "\e[35m";

    /// <summary>Neither good nor bad.</summary>
    public const string Cyan = "\e[36m";
}
