// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe;

/// <summary>What .NET does not say of the descriptors that a process is started with, or says at a price.</summary>
public static unsafe class StandardDescriptor
{
    /// <summary>
    /// True when what is written to it can reach nobody any more: the last reader of the pipe has closed its end, or
    /// the peer has hung up. A file never says so.
    /// </summary>
    public static bool IsUnread(int descriptor)
    {
        var poll = new LibC.PollDescriptor { Fd = descriptor };
        return LibC.Poll(&poll, 1, 0) == 1 && (poll.Returned & (LibC.PollError | LibC.PollHangUp)) != 0;
    }

    /// <summary>
    /// Writes all of it where the descriptor stands, as any C program does: a FileStream has an offset of its own in a
    /// file, and overwrites what others append to it; the console's stream swallows EPIPE and switches the keypad.
    /// </summary>
    /// <exception cref="IOException">It can't; the HResult is the errno.</exception>
    public static void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = LibC.Write(descriptor, start + done, (nuint)(bytes.Length - done));
                if (count >= 0)
                {
                    done += (int)count;
                    continue;
                }

                switch (Marshal.GetLastPInvokeError())
                {
                    case LibC.EINTR:
                        break;
                    case LibC.EAGAIN: // made non-blocking by whoever shares it
                        var poll = new LibC.PollDescriptor { Fd = descriptor, Events = LibC.PollOut };
                        _ = LibC.Poll(&poll, 1, -1);
                        break;
                    case var errno:
                        throw new IOException(Marshal.GetPInvokeErrorMessage(errno), errno);
                }
            }
        }
    }

    /// <summary>
    /// Columns of the terminal behind it, 0 when there is none. (Console.WindowWidth switches the terminal's keypad
    /// to another mode first, which is none of our business.)
    /// </summary>
    public static int Columns(int descriptor)
    {
        var size = stackalloc ushort[4]; // struct winsize: rows, columns, and two that nobody fills in
        return LibC.Control(descriptor, LibC.GetWindowSize, size) == 0 ? size[1] : 0;
    }
}
