// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Probe;
using L7Trace.Probe.Doctor;
using L7Trace.Probe.Privileges;
using L7Trace.Probe.Tls;

namespace L7Trace.Cli;

/// <summary>The world as the program sees it. Tests put in their own.</summary>
internal sealed record CliEnvironment
{
    /// <summary>Where help goes.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Where errors and notes go.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens standard output for data.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>Opens standard error for data (<c>run</c>).</summary>
    public required Func<Stream> OpenError { get; init; }

    /// <summary>Opens standard input for commands (<c>--control</c>).</summary>
    public Func<TextReader> OpenInput { get; init; } = static () => TextReader.Null;

    /// <summary>Nobody reads standard output any more. Cheap, and for any thread.</summary>
    public Func<bool> OutputIsUnread { get; init; } = static () => false;

    /// <summary>The same of standard error.</summary>
    public Func<bool> ErrorIsUnread { get; init; } = static () => false;

    /// <summary>Standard output is a terminal.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Standard error is a terminal.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal, 0 if unknown.</summary>
    public int TerminalWidth { get; init; }

    /// <summary>An environment variable.</summary>
    public Func<string, string?> Variable { get; init; } = static _ => null;

    /// <summary>Starts the capture.</summary>
    public required Func<TraceSettings, Notes, IExchangeSource> StartSource { get; init; }

    /// <summary>Becomes the user of <c>--user</c>, with what tracing needs; throws <see cref="ProbeException"/> when it can't.</summary>
    public Action<string> BecomeUser { get; init; } = ProcessPrivileges.Become;

    /// <summary>Runs the checks of <c>doctor</c>.</summary>
    public Func<IReadOnlyList<DoctorCheck>> RunDoctor { get; init; } = DoctorChecks.Run;

    /// <summary>Reads what a bug report has besides the checks.</summary>
    public Func<BundleFacts> ReadBundleFacts { get; init; } = BundleFacts.Read;

    /// <summary>True when <c>ps</c> can tell which process of another user has a port.</summary>
    public Func<bool> CanSeeSockets { get; init; } = ProcessPrivileges.CanSeeSockets;

    /// <summary>Lists the processes of <c>ps</c>; null for those with a TLS library.</summary>
    public Func<ProbeScope?, IReadOnlyList<TlsProcess>> FindTlsProcesses { get; init; } = TlsProcesses.Find;

    /// <summary>Counts the calls of <c>ps --for</c>.</summary>
    public Func<ProbeScope, CancellationToken, (IReadOnlyList<TlsProcess> Processes, IReadOnlyList<TlsProbedFile> Files)> CountTlsHits { get; init; } =
        TlsHitCounter.Run;

    /// <summary>The real one.</summary>
    public static CliEnvironment Real()
    {
        var outputIsTerminal = !Console.IsOutputRedirected;
        var errorIsTerminal = !Console.IsErrorRedirected;
        return new CliEnvironment
        {
            // Nothing of Console's that writes or asks for the width: each of it, a write to the stream of
            // OpenStandardOutput too, first switches the mode of the terminal's keypad, which is none of our business.
            Out = new StreamWriter(StandardStreams.Help(), new UTF8Encoding(false)) { AutoFlush = true },
            Error = TextWriter.Synchronized(
                new StreamWriter(StandardStreams.Notes(), new UTF8Encoding(false)) { AutoFlush = true }),
            OpenOutput = StandardStreams.Output,
            OpenError = StandardStreams.Error,
            OpenInput = static () => new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false)),
            OutputIsTerminal = outputIsTerminal,
            ErrorIsTerminal = errorIsTerminal,
            OutputIsUnread = static () => StandardDescriptor.IsUnread(1),
            ErrorIsUnread = static () => StandardDescriptor.IsUnread(2),
            TerminalWidth = StandardDescriptor.Columns(outputIsTerminal ? 1 : 2),
            Variable = Environment.GetEnvironmentVariable,
            StartSource = static (settings, notes) => LiveSource.Start(settings, notes),
        };
    }
}
