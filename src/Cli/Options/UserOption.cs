// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;

namespace L7Trace.Cli.Options;

/// <summary>
/// The option that names the user as whom l7trace itself goes on. Where a verb starts a command, the same word names the
/// command's user instead (<c>run</c>, <c>tls -- COMMAND</c>).
/// </summary>
internal sealed class UserOption
{
    private readonly Option<string?> _user = new("--user")
    {
        Description = "started as root, go on as this user, who owns what is written; only what tracing needs of root's rights is kept",
        HelpName = "NAME",
    };

    /// <summary>Adds it to a verb.</summary>
    public void AddTo(Command command) => command.Add(_user);

    /// <summary>The settings with it.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="settings">The others.</param>
    /// <param name="isLive">False where files are read: there is nothing to give up.</param>
    public TraceSettings Read(ParseResult result, TraceSettings settings, bool isLive = true) => result.GetValue(_user) switch
    {
        null => settings,
        "" => throw new CliException(ExitCode.Usage, "--user: say as whom"),
        _ when !isLive => throw new CliException(ExitCode.Usage, "--user is for live traces: reading files needs no rights of root"),
        var user => settings with { RunAs = user },
    };
}
