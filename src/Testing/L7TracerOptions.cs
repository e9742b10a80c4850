// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace L7Trace.Testing;

/// <summary>What to trace, and how. At least one target must be said.</summary>
public sealed class L7TracerOptions
{
    private readonly List<string> _containers = [];
    private readonly List<int> _processes = [];
    private readonly List<string> _cgroups = [];
    private readonly List<int> _ports = [];
    private readonly List<Func<TracedStatement, bool>> _ignored = [];

    internal IReadOnlyList<string> Containers => _containers;

    internal IReadOnlyList<int> Processes => _processes;

    internal IReadOnlyList<string> Cgroups => _cgroups;

    internal IReadOnlyList<int> Ports => _ports;

    internal IReadOnlyList<Func<TracedStatement, bool>> Ignored => _ignored;

    internal ProcessStartInfo? StartInfo { get; private set; }

    /// <summary>The <c>l7trace</c> program; null to look for it in L7TRACE_BINARY, beside the test and in PATH.</summary>
    public string? BinaryPath { get; set; }

    /// <summary>
    /// What is still running when a scope ends is waited for so long (default 2 seconds): a server's last call returns after its
    /// client has the answer.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the tracer may take to start or to answer (default 60 seconds).</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Failures show statements with their values. By default they don't: logs of tests are read by many.</summary>
    public bool ShowValues { get; set; }

    /// <summary>Set-up statements count too (<see cref="TracedStatement.Noise"/>).</summary>
    public bool CountSetup { get; set; }

    /// <summary>Buffer between kernel and tracer in bytes, 64 KiB to 1 GiB, rounded up to a power of two; null for 64 MiB.</summary>
    public long? RingBytes { get; set; }

    /// <summary>A container by name, or by its id or the beginning of it, in the engine of this machine.</summary>
    public L7TracerOptions Container(string nameOrId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrId);
        _containers.Add(nameOrId);
        return this;
    }

    /// <summary>A process, with the children that it has and will have.</summary>
    public L7TracerOptions ProcessId(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id);
        _processes.Add(id);
        return this;
    }

    /// <summary>A control group by its path below the mount.</summary>
    public L7TracerOptions Cgroup(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _cgroups.Add(path);
        return this;
    }

    /// <summary>
    /// A command, which is started when the trace is on, so that its first call is seen: <see cref="L7Tracer.Command"/>. It runs as
    /// the user of the test; its standard input is empty, and its output is <see cref="L7Tracer.CommandOutput"/>.
    /// </summary>
    public L7TracerOptions Command(string file, params IEnumerable<string> arguments) => Command(new ProcessStartInfo(file, arguments));

    /// <summary>The same, with environment and folder. Streams are redirected whatever it says.</summary>
    public L7TracerOptions Command(ProcessStartInfo command)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentException.ThrowIfNullOrWhiteSpace(command.FileName);
        StartInfo = command;
        return this;
    }

    /// <summary>Only connections with this port at either end.</summary>
    public L7TracerOptions Port(int port)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, 65535);
        _ports.Add(port);
        return this;
    }

    /// <summary>Statements that don't count, besides set-up.</summary>
    public L7TracerOptions Ignore(Func<TracedStatement, bool> which)
    {
        ArgumentNullException.ThrowIfNull(which);
        _ignored.Add(which);
        return this;
    }

    internal void Check()
    {
        if (_containers.Count + _processes.Count + _cgroups.Count == 0 && StartInfo is null)
        {
            throw new ArgumentException("say what to trace: a container, a process, a control group or a command");
        }
    }
}
