// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Probe.Interop;
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Bpf;

/// <summary>Sleeps until the kernel wakes a ring's reader or a time has passed.</summary>
/// <remarks>
/// Edge-triggered on purpose: level-triggered (and poll(2)) would return at once as long as any byte is in the ring,
/// and turn the batches that the kernel side makes by withholding wake-ups into one system call per record.
/// </remarks>
internal sealed unsafe class RingWaiter : IDisposable
{
    /// <summary>Room for a struct epoll_event on every architecture (12 bytes on x86-64, 16 elsewhere).</summary>
    private const int EventSize = 16;

    private readonly SafeFileHandle _epoll;

    internal RingWaiter(params ReadOnlySpan<int> ringFds)
    {
        var fd = LibC.EpollCreate(LibC.EpollCloseOnExec);
        if (fd < 0)
        {
            throw new LibBpfException("make an epoll descriptor", Marshal.GetLastPInvokeError());
        }

        _epoll = new SafeFileHandle(fd, ownsHandle: true);
        foreach (var ring in ringFds)
        {
            Add(ring);
        }
    }

    /// <summary>Sleeps at most <paramref name="milliseconds"/>; a signal ends it early.</summary>
    internal void Wait(int milliseconds)
    {
        var events = stackalloc byte[2 * EventSize];
        _ = LibC.EpollWait(_epoll, events, 2, milliseconds);
    }

    /// <inheritdoc/>
    public void Dispose() => _epoll.Dispose();

    private void Add(int ring)
    {
        var wanted = stackalloc byte[EventSize];
        new Span<byte>(wanted, EventSize).Clear();
        *(uint*)wanted = LibC.EpollIn | LibC.EpollEdge;
        if (LibC.EpollControl(_epoll, LibC.EpollAdd, ring, wanted) != 0)
        {
            _epoll.Dispose();
            throw new LibBpfException("wait for a ring buffer", Marshal.GetLastPInvokeError());
        }
    }
}
