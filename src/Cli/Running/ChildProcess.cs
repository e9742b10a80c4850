// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using L7Trace.Probe;

namespace L7Trace.Cli.Running;

/// <summary>
/// The traced command: its stdin, stdout and stderr are ours, passed on. Interrupts from the keyboard reach it by
/// themselves, as a member of the foreground group; signals sent to l7trace alone are passed on.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private const int ENOENT = 2;
    private const int ENOEXEC = 8;
    private const int SIGHUP = 1;
    private const int SIGTERM = 15;

    private readonly Process _process;
    private readonly PosixSignalRegistration[] _signals;

    private ChildProcess(Process process, PosixSignalRegistration[] signals)
    {
        _process = process;
        _signals = signals;
    }

    /// <summary>
    /// Starts <paramref name="program"/>, as <see cref="CommandPath"/> found it. Throws <see cref="CliException"/>
    /// with 126 or 127 when the system refuses.
    /// </summary>
    public static ChildProcess Start(string program, IReadOnlyList<string> commandLine, ChildUser? user)
    {
        // Before the start: between the two, a signal would end l7trace and leave the command behind.
        Process? started = null;
        var waiting = 0;
        PosixSignalRegistration[] signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, static context => context.Cancel = true),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Forward(context, SIGTERM)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Forward(context, SIGHUP)),
        ];
        try
        {
            var process = StartProcess(program, commandLine, user);
            Volatile.Write(ref started, process);
            if (Interlocked.Exchange(ref waiting, 0) is var signal and not 0)
            {
                ProcessSignals.Send(process.Id, signal);
            }

            return new ChildProcess(process, signals);
        }
        catch
        {
            foreach (var registration in signals)
            {
                registration.Dispose();
            }

            throw;
        }

        void Forward(PosixSignalContext context, int signal)
        {
            context.Cancel = true;
            if (Volatile.Read(ref started) is { } process)
            {
                // Sent to a process that has ended but was not waited for: no harm. Later its id is not used again
                // before the wait, which is .NET's own; HasExited is true from then on.
                if (!process.HasExited)
                {
                    ProcessSignals.Send(process.Id, signal);
                }
            }
            else
            {
                Interlocked.Exchange(ref waiting, signal);
            }
        }
    }

    /// <summary>Calls back when it has ended, on another thread; at once when it has already.</summary>
    public void Exited(Action callback)
    {
        var thread = new Thread(() =>
        {
            _process.WaitForExit();
            callback();
        })
        {
            IsBackground = true,
            Name = "l7trace child",
        };
        thread.Start();
    }

    /// <summary>Waits for its end; its exit code, or 128 and the number of the signal that killed it.</summary>
    public int WaitForExit()
    {
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _signals)
        {
            registration.Dispose();
        }

        _process.Dispose();
    }

    private static Process StartProcess(string program, IReadOnlyList<string> commandLine, ChildUser? user)
    {
        try
        {
            return Process.Start(StartInfo(FileNameFor(program, commandLine[0]), commandLine.Skip(1), user))!;
        }
        catch (Win32Exception exception) when (exception.NativeErrorCode == ENOEXEC)
        {
            // A script without "#!" line: the shell's business, as execvp has it.
            return Process.Start(StartInfo("/bin/sh", [program, .. commandLine.Skip(1)], user))!;
        }
        catch (Win32Exception exception)
        {
            // Without an errno it is not the program: .NET could not find the user.
            throw new CliException(
                exception.NativeErrorCode switch
                {
                    0 => ExitCode.RunFailure,
                    ENOENT => ExitCode.CommandNotFound,
                    _ => ExitCode.NotExecutable,
                },
                $"can't execute '{program}'{(user is null ? "" : $" as {user.Name}")}: {exception.Message}");
        }
    }

    private static ProcessStartInfo StartInfo(string file, IEnumerable<string> arguments, ChildUser? user)
    {
        var info = new ProcessStartInfo(file, arguments) { UseShellExecute = false };
        if (user is not null)
        {
            info.UserName = user.Name;
            info.Environment["USER"] = user.Name;
            info.Environment["LOGNAME"] = user.Name;
            if (user.Home is not null)
            {
                info.Environment["HOME"] = user.Home;
            }
        }

        return info;
    }

    /// <summary>
    /// The name as it was typed, which becomes argv[0]. But .NET would look beside l7trace and in the current folder
    /// before PATH: where that finds another file, the full path is given instead.
    /// </summary>
    private static string FileNameFor(string program, string typed)
    {
        if (Path.IsPathRooted(typed))
        {
            return typed;
        }

        var beside = Path.GetDirectoryName(Environment.ProcessPath) is { } folder && File.Exists(Path.Combine(folder, typed));
        var here = !typed.Contains('/') && File.Exists(typed);
        return beside || here ? Path.GetFullPath(program) : typed;
    }
}
