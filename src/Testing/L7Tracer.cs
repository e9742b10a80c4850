// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Text.Json;
using L7Trace.Testing.Helper;

namespace L7Trace.Testing;

/// <summary>
/// A trace of a container, a process or a command, for tests: what it says and is asked in MySQL and HTTP, in the clear and in TLS,
/// seen from outside by eBPF. The work is done by the <c>l7trace</c> program in a process of its own: it alone needs rights, and a
/// test's garbage collections cost no events.
/// </summary>
public sealed class L7Tracer : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<TraceScope> _scopes = [];
    private HelperProcess _helper = null!;
    private GatedCommand? _command;
    private long _toUnix; // what is added to CLOCK_MONOTONIC
    private IReadOnlyDictionary<string, long> _losses = new Dictionary<string, long>(); // as of the last mark
    private bool _disposed;

    private L7Tracer(L7TracerOptions options) => Options = options;

    /// <summary>The command that was given, running by now; null when none was.</summary>
    public Process? Command => _command?.Process;

    /// <summary>What the command wrote so far, to standard output and standard error; the last million characters.</summary>
    public string CommandOutput => _command?.Output ?? "";

    /// <summary>What the tracer said about its own work.</summary>
    public string Notes => _helper.Notes;

    internal L7TracerOptions Options { get; }

    internal int TracerId => _helper.ProcessId;

    /// <summary>Now, on the clock of the records: nanoseconds since the Unix epoch.</summary>
    internal long Now => Stopwatch.GetTimestamp() + _toUnix;

    /// <summary>
    /// True when this machine and this user can trace. Asks the tracer itself, once; a test that can't run should be skipped with
    /// the reason, and be seen to be.
    /// </summary>
    /// <param name="reason">Why it can't; empty when it can.</param>
    /// <param name="binaryPath">The <c>l7trace</c> program; null to look for it as <see cref="L7TracerOptions.BinaryPath"/> says.</param>
    public static bool IsSupported(out string reason, string? binaryPath = null) => Support.Ask(binaryPath, out reason);

    /// <summary>Traces a container, by its name, its id or the beginning of it.</summary>
    public static Task<L7Tracer> AttachAsync(string container, CancellationToken cancellation = default) =>
        AttachAsync(options => options.Container(container), cancellation);

    /// <summary>Traces a process, with its children.</summary>
    public static Task<L7Tracer> AttachAsync(int processId, CancellationToken cancellation = default) =>
        AttachAsync(options => options.ProcessId(processId), cancellation);

    /// <summary>Starts a command and traces it, with its children, from its first call on.</summary>
    public static Task<L7Tracer> AttachAsync(ProcessStartInfo command, CancellationToken cancellation = default) =>
        AttachAsync(options => options.Command(command), cancellation);

    /// <summary>Begins a trace. When the task ends, every call from then on is seen.</summary>
    /// <exception cref="L7TraceException">It can't; the message says why and what to do.</exception>
    public static async Task<L7Tracer> AttachAsync(Action<L7TracerOptions> configure, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new L7TracerOptions();
        configure(options);
        options.Check();
        var path = HelperBinary.Find(options.BinaryPath, out var reason) ?? throw new L7TraceException(reason);
        var tracer = new L7Tracer(options);
        try
        {
            tracer._command = options.StartInfo is { } command ? GatedCommand.Start(command) : null;
            tracer._helper = HelperProcess.Start(HelperBinary.StartInfo(path, tracer.Arguments()), tracer.Take);
            // It answers when it is attached.
            var mark = await tracer.MarkAsync(TimeSpan.Zero, cancellation).ConfigureAwait(false);
            tracer._toUnix = mark.Time - mark.Monotonic;
            tracer._command?.Open();
            return tracer;
        }
        catch
        {
            await tracer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Begins a scope: what begins from now on belongs to it.
    /// </summary>
    /// <param name="name">For the messages of assertions.</param>
    /// <param name="only">What else must hold; null for everything.</param>
    /// <exception cref="InvalidOperationException">
    /// Another scope is open, and the two are not told apart by filters of one kind with different values: each would have the
    /// other's statements.
    /// </exception>
    public TraceScope BeginScope(string? name = null, ScopeFilter? only = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_lock)
        {
            if (_scopes.FirstOrDefault(x => x.Filter is null || only is null || !only.IsApartFrom(x.Filter)) is { } other)
            {
                throw new InvalidOperationException(
                    $"the scope {Quoted(other.Name)} of this trace is still open, and would have the statements of {Quoted(name)} too: complete it first, "
                    + "or give both a filter of one kind (a client's port, a user, a connection, a tag) with different values");
            }

            // What was lost is known as of the last answer: what was lost since then counts as the scope's, whenever it was.
            var scope = new TraceScope(this, name, only, Now, _losses);
            _scopes.Add(scope);
            return scope;
        }
    }

    /// <summary>Ends the trace, and the command if one was given.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (_helper is not null)
        {
            await _helper.DisposeAsync().ConfigureAwait(false);
        }

        if (_command is not null)
        {
            await _command.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal async Task<MarkRecord> MarkAsync(TimeSpan patience, CancellationToken cancellation)
    {
        var mark = await _helper.MarkAsync(patience, Options.Timeout, cancellation).ConfigureAwait(false);
        lock (_lock)
        {
            _losses = mark.Losses;
        }

        return mark;
    }

    internal void End(TraceScope scope)
    {
        lock (_lock)
        {
            _scopes.Remove(scope);
        }
    }

    private static string Quoted(string? name) => name is null ? "without a name" : $"\"{name}\"";

    private IEnumerable<string> Arguments()
    {
        string[] arguments = ["watch", "--control", "--show-secrets", "--ring-size", ((Options.RingBytes ?? (64 << 20)) + "")];
        return arguments
            .Concat(Each("--container", Options.Containers))
            .Concat(Each("--cgroup", Options.Cgroups))
            .Concat(Each("--pid", Options.Processes.Concat(_command is { } command ? [command.Process.Id] : [])))
            .Concat(Each("--port", Options.Ports))
            .Concat(_command is not null ? ["--tls-file", Options.StartInfo!.FileName] : []);
    }

    private static IEnumerable<string> Each<T>(string option, IEnumerable<T> values) =>
        values.SelectMany(x => (string[])[option, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{x}")]);

    private void Take(JsonElement record)
    {
        if (record.GetProperty("type").GetString() != "exchange")
        {
            return;
        }

        var start = RecordReader.Time(record.GetProperty("start").GetString()!);
        lock (_lock)
        {
            foreach (var scope in _scopes)
            {
                scope.Take(record, start);
            }
        }
    }
}
