// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Events;
using L7Trace.Probe.Interop;
using L7Trace.Probe.KeyLog;
using L7Trace.Probe.Live;
using L7Trace.Probe.Privileges;
using L7Trace.Probe.Processes;
using L7Trace.Probe.Scope;
using L7Trace.Probe.Tls;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe;

/// <summary>
/// A running trace of this machine's kernel: from <see cref="Start"/> to <see cref="Dispose"/> its programs are
/// attached. <see cref="Run"/> belongs to one thread; the other members may be called from any.
/// </summary>
public sealed class LiveProbe : IDisposable
{
    /// <summary>Longest sleep between two passes over the rings, milliseconds: the bound on added delay.</summary>
    private const int MaxSleep = 5;

    /// <summary>Longest time between two ticks while a pass goes on, nanoseconds.</summary>
    private const long TickInterval = 5_000_000;

    /// <summary>Passes at the end, to fetch what was being written when the stop came.</summary>
    private const int FinalPasses = 20;

    /// <summary>
    /// How long after the end of a process its sockets are waited for, nanoseconds: it is told to have ended before its memory
    /// goes and they are closed.
    /// </summary>
    private const long ClosingTime = 60_000_000;

    private readonly L7Object _bpf;
    private readonly RingBufferReader _control;
    private readonly RingBufferReader _data;
    private readonly RingWaiter _waiter;
    private readonly ScopeWriter _scope;
    private readonly TlsProber? _tls;
    private readonly EventDecoder _decoder = new();
    private readonly MonotonicClock _clock = MonotonicClock.Take();
    private readonly ProcFs _proc;
    private readonly ProcessTable _processes;
    private readonly Refusals _refusals;
    private readonly Lock _gate = new();
    private readonly IKeyLog? _keyLog;
    private readonly UnreadTls? _unread;
    private long _lastEnd;
    private bool _disposed;

    private LiveProbe(
        LoadedObject loaded, RingBufferReader control, RingBufferReader data, RingWaiter waiter, ScopeWriter scope, TlsProber? tls, IKeyLog? keyLog,
        ProcFs proc, Refusals refusals)
    {
        _proc = proc;
        _processes = new ProcessTable(proc);
        _refusals = refusals;
        _keyLog = keyLog;
        _tls = tls;
        if (tls is not null && keyLog is null)
        {
            var finder = new TlsStackFinder(ProcFs.System); // what can't be looked at for this is no loss of its own
            _unread = new UnreadTls(tls.HasProbedFile, tls.ScanSoon, finder.WhyNotRead);
        }

        _bpf = loaded.Object;
        RefusedBackends = loaded.Refusals;
        _control = control;
        _data = data;
        _waiter = waiter;
        _scope = scope;
    }

    /// <summary>
    /// True when the kernel's socket tracepoints tell which socket a call is about; false when the task's files are
    /// walked.
    /// </summary>
    public bool UsesSockTracepoints => _bpf.Form.SockTracepoints;

    /// <summary>Where in the kernel calls are seen.</summary>
    public CaptureBackend Backend => _bpf.Form.Backend;

    /// <summary>Better backends that this kernel did not take.</summary>
    public IReadOnlyList<BackendRefusal> RefusedBackends { get; }

    /// <summary>Functions that the backend attaches to on other kernels, and that this one does not have.</summary>
    public IReadOnlyList<string> MissingFunctions => _bpf.MissingFunctions;

    /// <summary>Functions of the kernel that fentry could not have here, and that kprobes were put on instead.</summary>
    public IEnumerable<string> Twins => _bpf.Twins;

    /// <summary>Programs attached.</summary>
    public int AttachedPrograms => _bpf.AttachedPrograms;

    /// <summary>Nanoseconds since the Unix epoch now, on the clock that event times are on.</summary>
    public long Now => _clock.Now;

    /// <summary>Told, on the thread of <see cref="Run"/>, that a process in scope began, changed or ended.</summary>
    public Action<uint, ProcessChange>? ProcessChanged { get; set; }

    /// <summary>A time on the clock of <see cref="Now"/> as CLOCK_MONOTONIC has it, nanoseconds.</summary>
    public long ToMonotonic(long time) => (long)_clock.ToMonotonic(time);

    /// <summary>
    /// Told, on the thread of <see cref="Run"/>, that the engine has been given all that happened up to this time, nanoseconds since
    /// the Unix epoch on the clock of <see cref="Now"/>.
    /// </summary>
    public Action<long>? Sealed { get; set; }

    /// <summary>
    /// Loads and attaches. When it returns, every call that a process in scope makes from then on is seen.
    /// </summary>
    /// <exception cref="ProbeException">It can't; the message says what to do.</exception>
    public static LiveProbe Start(ProbeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ProbeOptionsCheck.Validate(options);
        var facts = SystemFacts.Read();
        if (!facts.HasHostPids)
        {
            throw ProbeErrors.ProcessNamespace();
        }

        if (facts.HidesProcesses && !facts.Capabilities.Has(Capability.SysPtrace))
        {
            foreach (var pid in options.Scope.ProcessIds.Where(static pid => ProcFs.System.ThreadGroup(pid) is null))
            {
                throw ProbeErrors.ProcessHidden(pid);
            }
        }

        options = options with { Scope = ProbeOptionsCheck.WithContainers(options.Scope, ProcFs.System, facts.CgroupMount) };
        var cgroups = ProbeOptionsCheck.ResolveTargets(options.Scope, ProcFs.System, facts.CgroupMount);
        try
        {
            return ObjectLoader.WithTwins(byKprobe => Start(options, cgroups, facts, byKprobe));
        }
        catch (LibBpfException failure)
        {
            throw ProbeErrors.Explain(failure, facts, KernelTrials.System);
        }
        catch (DllNotFoundException failure)
        {
            throw ProbeErrors.NoLibrary(failure);
        }
    }

    /// <summary>
    /// Drains the rings into the engine until the stop is asked for, then once more for what was on its way. Calls the
    /// engine only from this thread, which gets precedence (<see cref="ThreadPreference"/>). Returns within a few
    /// milliseconds of the stop.
    /// </summary>
    /// <param name="engine">Takes what is seen.</param>
    /// <param name="tick">Called about every 5 ms with <see cref="Now"/>, between two calls of the engine.</param>
    /// <param name="stop">Ends it.</param>
    /// <param name="tap">Sees what the engine is given; null for nobody.</param>
    public void Run(TraceEngine engine, Action<long> tick, CancellationToken stop, ISegmentTap? tap = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(tick);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ThreadPreference.Raise();
        var session = new LiveSession(engine, _bpf, _clock, _processes, _proc, OnProcessChanged, tap, _keyLog, _unread);
        var nextTick = 0L;
        var pump = new EventPump(_control, _data, _decoder, session) { Breathe = TickWhenDue };
        try
        {
            while (!stop.IsCancellationRequested)
            {
                _waiter.Wait(MaxSleep);
                Pass();
                TickWhenDue();
            }

            for (var i = 0; i < FinalPasses && !Pass(); i++)
            {
                Thread.Sleep(1);
            }

            while (engine.ConnectionCount > 0 && _clock.Now < _lastEnd + ClosingTime)
            {
                Thread.Sleep(MaxSleep);
                Pass();
            }
        }
        finally
        {
            session.Detach();
        }

        bool Pass()
        {
            // Read before the pass: all that happened before it is in the rings by now, give or take a preemption.
            var begin = _clock.Now;
            var complete = pump.Drain();
            if (complete)
            {
                session.BetweenPasses(begin);
                if (!pump.IsControlBlocked)
                {
                    Sealed?.Invoke(session.SealedTime(begin));
                }
            }

            return complete;
        }

        void TickWhenDue()
        {
            var now = _clock.Now;
            if (now >= nextTick)
            {
                nextTick = now + TickInterval;
                tick(now);
            }
        }
    }

    /// <summary>Takes a process, with the children that it has and will have, into scope.</summary>
    /// <exception cref="ProbeException">There is no such process, or no room.</exception>
    public void AddProcess(uint pid)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var process = _proc.ThreadGroup(pid) ?? throw ProbeErrors.ProcessNotFound(pid);
            _tls?.Scan(process);
            _scope.Add(process);
        }
    }

    /// <summary>What is known about a process, also a while after its end; null if nothing is.</summary>
    public ProcessFacts? FindProcess(uint pid) => _processes.Find(pid);

    /// <summary>
    /// Sentences about what was refused and would else only show as something missing: of kinds that came up first since the last
    /// call, or (<paramref name="isEnd"/>) all that has not been told. Any thread may ask.
    /// </summary>
    public IReadOnlyList<string> TakeRefusals(bool isEnd = false) => isEnd ? _refusals.TakeRest() : _refusals.TakeFirst();

    /// <summary>
    /// Gives up the capabilities that this process does not need any more, in all of its threads, for good. To be called once,
    /// when everything is attached and a command that is to have more has been started.
    /// </summary>
    public PrivilegeReport GiveUpPrivileges(PrivilegeNeeds needs)
    {
        ArgumentNullException.ThrowIfNull(needs);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var probes = _tls is not null && Probes();
            return ProcessPrivileges.GiveUp(() => _bpf.LossCounters.IsReachable() && (!probes || Probes()), needs);
        }
    }

    // Where probes can't be had at all, none are to be kept rights for.
    private bool Probes() => UprobeTrial.Attach(_bpf, isForSecrets: _keyLog is not null).Errno == 0;

    /// <summary>What was lost since the start.</summary>
    public LossReport ReadLosses()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var counts = new ulong[LossReport.ReasonCount];
            for (var reason = 0u; reason < (uint)L7LossReason.Reasons; reason++)
            {
                counts[reason] = _bpf.LossCounters.SumPerCpu(reason);
            }

            counts[(int)LossReason.TlsUnfinished] += _bpf.UnfinishedTls;
            counts[(int)LossReason.SkippedRuns] = _bpf.ReadSkippedRuns();
            counts[(int)LossReason.Undecodable] = _decoder.Undecodable;
            counts[(int)LossReason.TlsLate] = _tls?.LateFiles ?? 0;
            counts[(int)LossReason.TlsUnread] = _unread?.Count ?? 0;
            return new LossReport(counts, _data.Fill, _control.Fill);
        }
    }

    /// <summary>Processes in scope that moved TLS which could not be read, as far as their connections have ended.</summary>
    public IReadOnlyList<UnreadTlsProcess> UnreadTls => _unread?.Processes ?? [];

    /// <summary>The files whose TLS functions are probed, with how often they were called since the start.</summary>
    public IReadOnlyList<TlsProbedFile> ReadProbedFiles()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _tls?.ReadHits() ?? [];
        }
    }

    /// <summary>Detaches and unloads everything. <see cref="Run"/> must have returned.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                _tls?.Dispose();
                _waiter.Dispose();
                _control.Dispose();
                _data.Dispose();
                _bpf.Dispose();
            }
        }
    }

    private void OnProcessChanged(uint process, ProcessChange change)
    {
        switch (change)
        {
            case ProcessChange.Map:
                _tls?.ScanSoon(process);
                return; // not a change that anyone outside asked for
            case ProcessChange.Fork:
                _tls?.Begin(process);
                break;
            case ProcessChange.Exec:
                _tls?.Begin(process);
                _tls?.ScanSoon(process);
                break;
            case ProcessChange.Exit:
                _lastEnd = _clock.Now;
                break;
            default:
                break;
        }

        ProcessChanged?.Invoke(process, change);
    }

    private static LiveProbe Start(ProbeOptions options, IReadOnlyList<ulong> cgroups, SystemFacts facts, HashSet<string> byKprobe)
    {
        var refusals = new Refusals(facts);
        var proc = new ProcFs("/proc") { Denied = refusals.AddProcess };
        var loaded = ObjectLoader.Load(
            ProbeOptionsCheck.ToConfig(options),
            options.DataRingBytes,
            options.ControlRingBytes,
            options.ForceFdWalk ? CaptureBackend.Syscall : options.Backend,
            options.KeyLog is not null ? (options.Ciphertext ? ObjectPrograms.SocketsAndSecrets : ObjectPrograms.Secrets)
                : options.CountsHits ? ObjectPrograms.Functions
                : options.Tls ? ObjectPrograms.SocketsAndTls
                : ObjectPrograms.Sockets,
            sockTracepoints: !options.ForceFdWalk,
            byKprobe);
        var bpf = loaded.Object;
        RingBufferReader? control = null;
        RingBufferReader? data = null;
        RingWaiter? waiter = null;
        TlsProber? tls = null;
        try
        {
            control = RingBufferReader.Map(bpf.ControlRing.Fd, options.ControlRingBytes);
            data = RingBufferReader.Map(bpf.DataRing.Fd, options.DataRingBytes);
            waiter = new RingWaiter(bpf.ControlRing.Fd, bpf.DataRing.Fd);
            var scope = new ScopeWriter(bpf, options.Scope, proc);
            scope.WriteBeforeAttach(cgroups);
            if (options.Tls)
            {
                tls = new TlsProber(bpf, proc, refusals, options.KeyLog);
                tls.Start(options.TlsFiles);
            }

            bpf.Attach();
            var processes = scope.WriteAfterAttach();
            tls?.ScanAll(options.Scope.HasProcesses ? processes : ScopeProcesses.Running(options.Scope, cgroups, facts.CgroupMount, proc));

            return new LiveProbe(loaded, control, data, waiter, scope, tls, options.KeyLog, proc, refusals);
        }
        catch
        {
            tls?.Dispose();
            waiter?.Dispose();
            data?.Dispose();
            control?.Dispose();
            bpf.Dispose();
            throw;
        }
    }
}
