// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli.Options;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>Table on a terminal, plain lines otherwise.</summary>
    Auto,

    /// <summary>Aligned columns for people.</summary>
    Table,

    /// <summary>One line per exchange, no cursor control.</summary>
    Plain,

    /// <summary>One JSON object per line.</summary>
    JsonLines,

    /// <summary>Nothing but what is said on standard error: the cost of tracing without that of writing.</summary>
    None,

    /// <summary>One page that needs nothing else (<c>report mysql</c>).</summary>
    Html,

    /// <summary>MySQL's slow query log (<c>slow</c>).</summary>
    SlowLog,
}
