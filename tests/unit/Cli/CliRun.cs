// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Cli;
using L7Trace.Cli.Options;
using L7Trace.Probe.Doctor;
using L7Trace.Probe.Tls;

namespace L7Trace.UnitTests.Cli;

/// <summary>Runs the whole program with a scripted source and collects what it writes.</summary>
internal sealed class CliRun
{
    private readonly Dictionary<string, string> _variables = [];

    public FakeSource Source { get; set; } = new(static source => { }) { WaitsForStop = false };

    /// <summary>The settings that the source was started with; null when it was not started.</summary>
    public TraceSettings? Settings { get; private set; }

    public bool IsTerminal { get; init; }

    public Exception? StartFails { get; init; }

    /// <summary>What went to standard output as data.</summary>
    public string Output { get; private set; } = "";

    /// <summary>Help and version.</summary>
    public string Help { get; private set; } = "";

    public string Error { get; private set; } = "";

    public Stream? OutputStream { get; init; }

    public TextReader Input { get; init; } = TextReader.Null;

    public Func<bool> OutputIsUnread { get; init; } = static () => false;

    /// <summary>What <c>ps</c> finds; null for the real processes.</summary>
    public IReadOnlyList<TlsProcess>? TlsProcesses { get; init; }

    /// <summary>Sockets of other users' processes can be seen.</summary>
    public bool SeesSockets { get; init; } = true;

    /// <summary>What <c>doctor</c> finds; null for the real checks.</summary>
    public IReadOnlyList<DoctorCheck>? DoctorChecks { get; init; }

    /// <summary>Called in place of becoming a user.</summary>
    public Action<string> BecomesUser { get; init; } = static _ => { };

    /// <summary>The users of <c>--user</c> that were asked for.</summary>
    public List<string> Became { get; } = [];

    public CliRun With(string variable, string value)
    {
        _variables[variable] = value;
        return this;
    }

    public int Run(params string[] arguments)
    {
        var output = new MemoryStream();
        var error = new MemoryStream();
        var help = new StringWriter();
        var notes = new StringWriter();
        var code = new Application(new CliEnvironment
        {
            Out = help,
            Error = TextWriter.Synchronized(notes), // as the real one: threads of a trace say things too
            OpenOutput = () => OutputStream ?? output,
            OpenError = () => error,
            OpenInput = () => Input,
            OutputIsUnread = OutputIsUnread,
            OutputIsTerminal = IsTerminal,
            ErrorIsTerminal = IsTerminal,
            TerminalWidth = IsTerminal ? 200 : 0,
            Variable = name => _variables.GetValueOrDefault(name),
            RunDoctor = () => DoctorChecks ?? Probe.Doctor.DoctorChecks.Run(),
            FindTlsProcesses = scope => TlsProcesses ?? Probe.Tls.TlsProcesses.Find(scope),
            CanSeeSockets = () => SeesSockets,
            ReadBundleFacts = static () => new BundleFacts(),
            BecomeUser = user =>
            {
                Became.Add(user);
                BecomesUser(user);
            },
            StartSource = (settings, _) =>
            {
                Settings = settings;
                return StartFails is null ? Source : throw StartFails;
            },
        }).Run(arguments);
        Output = Encoding.UTF8.GetString(output.ToArray());
        Help = help.ToString();
        Error = notes.ToString() + Encoding.UTF8.GetString(error.ToArray());
        return code;
    }
}
