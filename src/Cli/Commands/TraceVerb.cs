// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Spans;
using L7Trace.Cli.Terminal;
using L7Trace.Probe;

namespace L7Trace.Cli.Commands;

/// <summary>What the verbs that trace running processes have in common: set up, run, say what was lost.</summary>
internal static class TraceVerb
{
    /// <summary>Runs one trace to its end; returns the exit code.</summary>
    public static int Run(
        CliEnvironment environment,
        Notes notes,
        TraceSettings settings,
        HostOptions options,
        Func<OutputTarget, TraceSettings, ITraceSink> makeSink)
    {
        notes.Configure(settings);
        BecomeUser(environment, settings);
        settings = settings with { ContainerOf = new ContainerNames().Of };
        using var signals = new StopSignals();
        using var output = OutputTarget.Open(settings, environment, onError: false);
        WarnOfSecrets(notes, settings);
        using var source = environment.StartSource(settings, notes);
        notes.Say(Intro(settings));
        using var sink = SpanSink.Around(makeSink(output, settings), settings, notes, isLive: true);
        using var host = new TraceHost(
            source, sink, settings, SpanSink.Patient(options, settings) with { OutputIsUnread = output.IsUnread });
        signals.Connect(host.Stop);
        if (settings.Control)
        {
            new ControlReader(environment.OpenInput(), notes, host.TryMark, host.Stop).Start();
        }

        using var watch = settings.Scope.EndsWithProcesses && !settings.Control ? new TargetWatch(settings.Scope.ProcessIds, () =>
        {
            notes.Say("the traced process has ended");
            host.Stop();
        }) : null;
        return Report(notes, host.Run(), settings.KeyLog is null);
    }

    /// <summary>Becomes the user that was asked for, before anything is opened that is to be that user's; once.</summary>
    public static void BecomeUser(CliEnvironment environment, TraceSettings settings)
    {
        if (settings.RunAs is not { } user)
        {
            return;
        }

        try
        {
            environment.BecomeUser(user);
        }
        catch (ProbeException exception)
        {
            throw LiveSource.Failed(exception);
        }
    }

    /// <summary>Says once that text is shown as sent, whatever else is to be quiet.</summary>
    public static void WarnOfSecrets(Notes notes, TraceSettings settings)
    {
        if (settings.ShowSecrets)
        {
            notes.Error("--show-secrets: statements, URLs and messages are shown as sent, with what they carry");
        }
    }

    /// <summary>Says what the trace came to, or only what was lost; returns the exit code.</summary>
    public static int Report(Notes notes, TraceOutcome outcome, bool withExchanges = true)
    {
        if (withExchanges)
        {
            SummaryText.Write(notes, outcome);
        }
        else
        {
            SummaryText.WriteLosses(notes, outcome);
        }

        if (outcome.Failure is { } failure)
        {
            throw new CliException(ExitCode.Failure, "the trace ended early: " + failure.Message);
        }

        return ExitCode.Done;
    }

    private static string Intro(TraceSettings settings)
    {
        var parts = new List<string>();
        var scope = settings.Scope;
        Add(parts, "process", scope.ProcessIds);
        Add(parts, "name", scope.Names);
        Add(parts, "cgroup", scope.Cgroups);
        Add(parts, "container", scope.Containers);
        Add(parts, "port", scope.Ports);
        Add(parts, "local port", scope.LocalPorts);
        Add(parts, "remote port", scope.RemotePorts);
        var what = scope.All ? "everything on this machine" : string.Join("; ", parts);
        return $"tracing {what}" + (settings.For is null && settings.Count is null ? " (Ctrl-C ends it)" : "");
    }

    private static void Add<T>(List<string> parts, string kind, IReadOnlyList<T> entries)
    {
        if (entries.Count > 0)
        {
            parts.Add($"{kind} {string.Join(", ", entries)}");
        }
    }
}
