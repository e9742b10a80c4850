// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Tls;

/// <content>Sockets that are closed before the last plaintext was told.</content>
internal sealed partial class TlsObjects
{
    /// <summary>How long a connection whose socket is closed waits for the end of its object, nanoseconds of event time.</summary>
    internal const long CloseWait = 1_000_000_000; // a thread that has the bytes may wait that long for a busy processor

    private readonly List<(TlsObject Object, ConnectionId Connection, long Time, bool IsReset)> _closing = [];

    /// <summary>Closes a connection whose close was put off, with its time, and whether it was reset.</summary>
    internal Action<ConnectionId, long, bool>? CloseLate { get; set; }

    /// <summary>
    /// True when a socket is closed whose object is not: of Go, where another goroutine's last call may not have returned yet
    /// and has its bytes still to tell. <see cref="CloseLate"/> is called when the object has ended, or after a short time.
    /// </summary>
    internal bool PutsOffClose(ConnectionId connection, long time, bool isReset)
    {
        if (!_byConnection.TryGetValue(connection, out var bound) || bound.Source != SegmentSource.GoTls)
        {
            return false;
        }

        _closing.Add((bound, connection, time, isReset));
        return true;
    }

    private void CloseWhatWaitedLong(long now)
    {
        for (var i = _closing.Count - 1; i >= 0; i--)
        {
            if (now - _closing[i].Time > CloseWait)
            {
                CloseNow(i);
            }
        }
    }

    private void CloseConnectionOf(TlsObject gone)
    {
        if (_closing.FindIndex(entry => entry.Object == gone) is var index and >= 0)
        {
            CloseNow(index);
        }
    }

    private void CloseNow(int index)
    {
        var (_, connection, time, isReset) = _closing[index];
        _closing.RemoveAt(index);
        CloseLate?.Invoke(connection, time, isReset);
    }
}
