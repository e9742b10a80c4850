// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// The first interrupt ends the trace in order (drain, report, summary); the second is the default action again,
/// for whoever can't wait. That holds to the end of the process: a first interrupt that comes when the trace is over already
/// does not turn a run that succeeded into one that was killed.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // Of the last trace of this process, which has one; more are made by tests only.
    private static PosixSignalRegistration[] s_kept = [];

    private readonly PosixSignalRegistration[] _registrations;
    private readonly Lock _lock = new();
    private Action? _stop;
    private bool _asked;

    /// <summary>Listens from now on; what comes before <see cref="Connect"/> is remembered.</summary>
    public StopSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
    ];

    /// <summary>Says what to do at the first signal; done at once when it has come already.</summary>
    public void Connect(Action stop)
    {
        bool asked;
        lock (_lock)
        {
            _stop = stop;
            asked = _asked;
        }

        if (asked)
        {
            stop();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _stop = null;
        }

        foreach (var registration in Interlocked.Exchange(ref s_kept, _registrations))
        {
            registration.Dispose();
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        Action? stop;
        lock (_lock)
        {
            // Not cancelled a second time: the runtime lets the signal do what it does by default, which ends us.
            context.Cancel = !_asked;
            _asked = true;
            stop = _stop;
        }

        if (context.Cancel)
        {
            stop?.Invoke();
        }
    }
}
