// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli;

/// <summary>What l7trace answers to the shell. Scripts rely on these numbers: none is ever reused.</summary>
internal static class ExitCode
{
    /// <summary>Done; also an interrupted capture, which is how most end.</summary>
    public const int Done = 0;

    /// <summary>Something failed while running.</summary>
    public const int Failure = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>This machine or user cannot capture; <c>doctor</c> says why.</summary>
    public const int Preflight = 3;

    /// <summary>The process, cgroup, user or id asked for does not exist, or was not seen.</summary>
    public const int TargetNotFound = 4;

    /// <summary><c>check</c>: the command succeeded, and a rule is broken or can't be said to hold.</summary>
    public const int RuleBroken = 5;

    /// <summary><c>run</c>: l7trace itself failed, whatever the reason (as env and timeout answer).</summary>
    public const int RunFailure = 125;

    /// <summary><c>run</c>: the command was found but could not be executed.</summary>
    public const int NotExecutable = 126;

    /// <summary><c>run</c>: the command was not found.</summary>
    public const int CommandNotFound = 127;
}
