// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace L7Trace.Cli.Commands;

/// <summary><c>l7trace version</c>, the same as <c>--version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment) =>
        new("version", "Print the version.") { Action = new VersionAction(environment) };
}

/// <summary>Prints the version.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    private readonly CliEnvironment _environment;

    /// <summary>Makes one.</summary>
    public VersionAction(CliEnvironment environment) => _environment = environment;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>The version of this build, with the beginning of its commit.</summary>
    public static string Text
    {
        get
        {
            var full = typeof(VersionAction).Assembly
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            var plus = full.IndexOf('+', StringComparison.Ordinal);
            return plus < 0 ? full : $"{full[..plus]} ({full[(plus + 1)..Math.Min(full.Length, plus + 8)]})";
        }
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        _environment.Out.WriteLine("l7trace " + Text);
        return ExitCode.Done;
    }
}
