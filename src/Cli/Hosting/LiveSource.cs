// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Analysis.Ends;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Export;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.Compression;
using L7Trace.Probe.Containers;
using L7Trace.Probe.Privileges;

namespace L7Trace.Cli.Hosting;

/// <summary>The kernel as the source: <see cref="LiveProbe"/> in front of a <see cref="TraceEngine"/>.</summary>
internal sealed class LiveSource : IExchangeSource
{
    private const long TellingInterval = 1_000_000_000;

    private readonly LiveProbe _probe;
    private readonly LiveRecording? _recording;
    private readonly ParseLimits _limits;
    private readonly ISegmentTap? _tap;
    private readonly Notes _notes;
    private readonly PrivilegeNeeds _needs;
    private long _nextTelling;
    private TraceEngine? _engine;
    private LossReport? _kernelLosses; // when the capture had ended: what is lost afterwards is no loss of this trace
    private bool _disposed;

    private LiveSource(LiveProbe probe, LiveRecording? recording, TraceSettings settings, Notes notes)
    {
        (_probe, _recording, _limits, _tap, _notes) = (probe, recording, settings.Limits, settings.Tap, notes);
        _needs = new PrivilegeNeeds
        {
            SignalsCommand = settings.Command.Count > 0,
            WritesLater = [.. ContainerEngine.Sockets(Environment.GetEnvironmentVariable("DOCKER_HOST")).Where(File.Exists), .. settings.RotatesIn],
        };
    }

    /// <inheritdoc/>
    public ConnectionPairs Connections { get; } = new();

    /// <inheritdoc/>
    public long ConnectionsSeen { get; private set; }

    /// <inheritdoc/>
    public long ConnectionsOpen => _engine?.ConnectionCount ?? 0;

    /// <summary>Starts the capture; throws <see cref="CliException"/> with what to do when it can't.</summary>
    public static LiveSource Start(TraceSettings settings, Notes notes)
    {
        var recording = LiveRecording.Begin(settings, notes);
        try
        {
            var probe = LiveProbe.Start(new ProbeOptions
            {
                Scope = Scope(settings.Scope),
                // What is missing of a record's ciphertext makes all behind it unreadable.
                CaptureLimit = settings.WithKeys ? ProbeOptions.MaxCaptureLimit : (uint)settings.CaptureLimit,
                FramedCaptureLimit = settings.WithKeys ? ProbeOptions.MaxCaptureLimit : (uint)settings.FramedCaptureLimit,
                DataRingBytes = (uint)settings.RingBytes,
                Tls = settings.Tls,
                TlsFiles = settings.TlsFiles,
                KeyLog = settings.WithKeys ? recording : settings.KeyLog,
                Ciphertext = settings.WithKeys,
                Backend = settings.Backend,
                ForceFdWalk = settings.ForceFdWalk,
            });
            Tell(notes, probe.TakeRefusals());
            notes.Detail(DescribeCapture(probe));
            return new LiveSource(probe, recording, settings, notes);
        }
        catch (ProbeException exception)
        {
            recording?.Dispose();
            if (exception.Log.Length > 0)
            {
                notes.Detail(exception.Log);
            }

            throw Failed(exception);
        }
    }

    /// <summary>The failure as the shell and its user get it.</summary>
    internal static CliException Failed(ProbeException exception)
    {
        var lines = exception.Message.Split('\n', 2);
        return new CliException(ExitCodeOf(exception.Kind), lines[0], lines.Length > 1 ? Unindent(lines[1]) : null);
    }

    /// <inheritdoc/>
    public void Run(IExchangeHandler handler, Action<long> tick, CancellationToken stop)
    {
        GiveUpPrivileges();
        var ticked = tick;
        tick = now =>
        {
            TellWhenDue(now);
            ticked(now);
        };
        _engine = new TraceEngine(handler, _limits, ProbeInflaters.All)
        {
            ConnectionOpened = connection =>
            {
                ConnectionsSeen++;
                Connections.ConnectionOpened(connection);
            },
            ConnectionClosed = Connections.ConnectionClosed,
        };
        if (_recording is null)
        {
            _probe.Run(_engine, tick, stop, _tap);
        }
        else
        {
            _recording.Run((onTick, ended, tap) => _probe.Run(_engine, onTick, ended, _tap is null ? tap : new TapPair(_tap, tap)), tick, ReadLosses, stop);
        }

        _kernelLosses = _probe.ReadLosses();
        foreach (var process in _probe.UnreadTls)
        {
            var name = _probe.FindProcess(process.ProcessId)?.Command is { } command ? TerminalText.Sanitize(command) : "a program";
            _notes.Error(string.Create(
                CultureInfo.InvariantCulture,
                $"TLS of {process.Connections:#,0} {(process.Connections == 1 ? "connection" : "connections")} of {name} (process {process.ProcessId}) was not read: ") +
                TerminalText.Sanitize(process.Reason ?? "no TLS library in it is known here"));
        }

        foreach (var line in ProbedFilesText.Of(_probe.ReadProbedFiles()))
        {
            _notes.Detail(line);
        }

        Tell(_notes, _probe.TakeRefusals(isEnd: true));
        if (ContainerEngine.Refused is { } socket)
        {
            _notes.Say($"containers have no names here: {socket} may not be opened by this user");
        }

        var now = _probe.Now;
        _engine.End(now);
        tick(now);
        _recording?.End(now, ReadLosses());
    }

    /// <inheritdoc/>
    public long Now => _probe.Now;

    /// <inheritdoc/>
    public long ToMonotonic(long time) => _probe.ToMonotonic(time);

    /// <inheritdoc/>
    public void WhenSealed(Action<long> handler) => _probe.Sealed = handler;

    /// <inheritdoc/>
    public void GiveUp(long bytes) => _engine?.GiveUp(bytes);

    /// <inheritdoc/>
    public void VisitInFlight(Action<Exchange> visitor) => _engine?.VisitInFlight(visitor);

    /// <inheritdoc/>
    public LossCounts ReadLosses()
    {
        var losses = new LossCounts();
        foreach (var (reason, _, count) in (_kernelLosses ?? _probe.ReadLosses()).NonZero())
        {
            // The kernel's reasons have the same numbers in both enums.
            losses[(LossCause)reason] = count;
        }

        if (_engine?.Counters is { } streams)
        {
            losses.Take(streams);
        }

        _recording?.AddLosses(losses);
        return losses;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _probe.Dispose();
            _recording?.Dispose();
        }
    }

    /// <summary>What the shell gets when the capture could not start.</summary>
    internal static int ExitCodeOf(ProbeErrorKind kind) => kind switch
    {
        ProbeErrorKind.TargetNotFound => ExitCode.TargetNotFound,
        ProbeErrorKind.InvalidOption => ExitCode.Usage,
        ProbeErrorKind.Other => ExitCode.Failure,
        _ => ExitCode.Preflight,
    };

    /// <summary>The scope as the probe takes it: a cgroup of digits alone is an id.</summary>
    internal static ProbeScope Scope(ScopeSettings scope)
    {
        var ids = new List<ulong>();
        var paths = new List<string>();
        foreach (var cgroup in scope.Cgroups)
        {
            if (ulong.TryParse(cgroup, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                ids.Add(id);
            }
            else
            {
                paths.Add(cgroup);
            }
        }

        return new ProbeScope
        {
            ProcessIds = scope.ProcessIds,
            Commands = scope.Names,
            CgroupIds = ids,
            CgroupPaths = paths,
            Containers = scope.Containers,
            AnyPorts = scope.Ports,
            LocalPorts = scope.LocalPorts,
            RemotePorts = scope.RemotePorts,
            All = scope.All,
            Children = scope.Children,
        };
    }

    // Once: everything is attached, and a command that is to be traced runs. Its thread was preferred before, which takes a right.
    private void GiveUpPrivileges()
    {
        if (!ThreadPreference.Raise())
        {
            _notes.Detail("the threads that keep up with the kernel have no precedence (CAP_SYS_NICE is missing)");
        }

        var report = _probe.GiveUpPrivileges(_needs);
        _notes.Detail(report.Problem is null
            ? string.Create(CultureInfo.InvariantCulture, $"capabilities kept, in all {report.Threads} threads: {report.Kept}")
            : $"capabilities could not be given up: {report.Problem}");
    }

    private void TellWhenDue(long now)
    {
        if (now >= _nextTelling)
        {
            _nextTelling = now + TellingInterval;
            Tell(_notes, _probe.TakeRefusals());
        }
    }

    private static void Tell(Notes notes, IReadOnlyList<string> sentences)
    {
        foreach (var sentence in sentences)
        {
            notes.Say(TerminalText.Sanitize(sentence));
        }
    }

    private static string Unindent(string text) =>
        string.Join('\n', text.Split('\n').Select(static line => line.Trim()));

    private static string DescribeCapture(LiveProbe probe)
    {
        var text = $"backend {probe.Backend.Name()}: {probe.AttachedPrograms} programs attached";
        if (probe.Backend == CaptureBackend.Syscall)
        {
            text += "; sockets are found by " +
                (probe.UsesSockTracepoints ? "the kernel's socket tracepoints" : "the walk of the task's files");
        }

        if (probe.MissingFunctions.Count != 0)
        {
            text += $"; functions that this kernel does not have: {string.Join(", ", probe.MissingFunctions)}";
        }

        if (probe.Twins.Any())
        {
            text += $"; by kprobes, as fentry can't have them: {string.Join(", ", probe.Twins)}";
        }

        return probe.RefusedBackends.Aggregate(
            text, static (all, refusal) => $"{all}\nnot {refusal.Backend.Name()}: {refusal.Reason}");
    }
}
