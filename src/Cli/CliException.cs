// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli;

/// <summary>A failure that ends the program with a sentence for the user and an exit code.</summary>
internal sealed class CliException : Exception
{
    /// <summary>Makes one.</summary>
    public CliException(int exitCode, string message, string? hint = null)
        : base(message)
    {
        ExitCode = exitCode;
        Hint = hint;
    }

    /// <summary>What the shell gets (see <see cref="Cli.ExitCode"/>).</summary>
    public int ExitCode { get; }

    /// <summary>What to try, in one or more lines; null when the message says it all.</summary>
    public string? Hint { get; }
}
