// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;

namespace L7Trace.Cli.Options;

/// <summary>The options that say what is traced. One instance belongs to one verb.</summary>
internal sealed class ScopeOptions
{
    /// <summary>Shown when nothing says what to trace: the choice is the user's, and tracing all is never a default.</summary>
    public const string Explanation = """
        --pid PID[,PID]          processes, and the children they start
        --name NAME[,NAME]       processes by command name, those to come too
        --cgroup PATH|ID         a service or container by its control group
        --container NAME|ID      a container of Docker or Podman, by name or the beginning of its id
        --port PORT[,PORT]       connections with this port at either end
        --local-port PORT        ... at the traced process's end (a server's port)
        --remote-port PORT       ... at the other end (the port it connects to)
        --all                    every process but l7trace itself
        """;

    private readonly Option<uint[]> _pid = new("--pid", "-p")
    {
        Description = "these processes, and the children they start",
        HelpName = "PID[,PID]",
        CustomParser = OptionParsers.ProcessIds,
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _name = new("--name")
    {
        Description = "processes by command name (comm, 15 bytes), running or to come",
        HelpName = "NAME[,NAME]",
        CustomParser = OptionParsers.Texts,
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _cgroup = new("--cgroup")
    {
        Description = "a control group (cgroup v2) by path or id, with those below it",
        HelpName = "PATH|ID",
        CustomParser = OptionParsers.Texts,
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _container = new("--container", "-c")
    {
        Description = "a running container, by name or by its id or the beginning of it",
        HelpName = "NAME|ID",
        CustomParser = OptionParsers.Texts,
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<ushort[]> _port = Port("--port", "connections with this port at either end");
    private readonly Option<ushort[]> _localPort = Port("--local-port", "connections with this port at the traced end");
    private readonly Option<ushort[]> _remotePort = Port("--remote-port", "connections with this port at the other end");

    private readonly Option<bool> _all = new("--all") { Description = "every process but l7trace itself" };

    private readonly bool _portsOnly;

    /// <summary>Makes them; <paramref name="portsOnly"/> where the processes are given otherwise.</summary>
    public ScopeOptions(bool portsOnly = false) => _portsOnly = portsOnly;

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        if (!_portsOnly)
        {
            command.Add(_pid);
            command.Add(_name);
            command.Add(_cgroup);
            command.Add(_container);
        }

        command.Add(_port);
        command.Add(_localPort);
        command.Add(_remotePort);
        if (!_portsOnly)
        {
            command.Add(_all);
        }
    }

    /// <summary>True when the command line says what to trace.</summary>
    public bool IsGiven(ParseResult result) =>
        ((Option[])[_pid, _name, _cgroup, _container, _port, _localPort, _remotePort, _all]).Any(
            option => result.GetResult(option) is { Implicit: false });

    /// <summary>What was said; throws <see cref="CliException"/> when it says nothing or contradicts itself.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="mayBeEmpty">Saying nothing means all: for files.</param>
    public ScopeSettings Read(ParseResult result, bool mayBeEmpty = false)
    {
        var ports = new ScopeSettings
        {
            Ports = result.GetValue(_port) ?? [],
            LocalPorts = result.GetValue(_localPort) ?? [],
            RemotePorts = result.GetValue(_remotePort) ?? [],
        };
        if (_portsOnly)
        {
            return ports with { Children = true };
        }

        var scope = ports with
        {
            ProcessIds = result.GetValue(_pid) ?? [],
            Names = result.GetValue(_name) ?? [],
            Cgroups = result.GetValue(_cgroup) ?? [],
            Containers = result.GetValue(_container) ?? [],
            All = result.GetValue(_all),
        };
        if (scope.IsEmpty && !mayBeEmpty)
        {
            throw new CliException(ExitCode.Usage, "say what to trace:",
                Explanation + "\nor start a program under l7trace:  l7trace run -- COMMAND [ARGUMENTS]");
        }

        if (scope.All && !(scope with { All = false }).IsEmpty)
        {
            throw new CliException(ExitCode.Usage, "--all already means everything; drop it, or drop what narrows it");
        }

        return scope;
    }

    private static Option<ushort[]> Port(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "PORT[,PORT]",
        CustomParser = OptionParsers.Ports,
        Arity = ArgumentArity.OneOrMore,
    };
}
