// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Text;
using System.Net;
using System.Text;
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// Puts facts that TCP can't carry into the text of a comment: lines of <c>l7trace WHAT name=value ...</c>, US-ASCII,
/// values percent-encoded. <see cref="RecordingDecoder"/> reads them. One instance is used over and over.
/// </summary>
internal sealed class RecordingEncoder
{
    private byte[] _buffer = new byte[1024];
    private int _used;

    /// <summary>The lines so far.</summary>
    public ReadOnlySpan<byte> Text => _buffer.AsSpan(0, _used);

    /// <summary>Begins a new comment.</summary>
    public void Clear() => _used = 0;

    /// <summary>The engine was told that time has come this far.</summary>
    public void Time(long now)
    {
        Line("time"u8);
        Number(" at="u8, now);
    }

    /// <summary>What was lost since this was said last.</summary>
    public void Loss(long time, IReadOnlyList<RecordedLoss> losses)
    {
        Line("loss"u8);
        Number(" at="u8, time);
        foreach (var loss in losses)
        {
            Word(" "u8, loss.Name);
            Number("="u8, loss.Count);
        }
    }

    /// <summary>The recording ends.</summary>
    public void End(long time)
    {
        Line("end"u8);
        Number(" at="u8, time);
    }

    /// <summary>A connection is gone.</summary>
    public void Close(ConnectionInfo connection, long time)
    {
        Line("close"u8);
        Id(connection.Id);
        Number(" at="u8, time);
        if (connection.IsReset)
        {
            Number(" reset="u8, 1UL);
        }
    }

    /// <summary>A connection, with what a file that begins in its middle says otherwise.</summary>
    public void Connection(in RecordedStart start)
    {
        var info = start.Connection;
        Line("connection"u8);
        Id(info.Id);
        Word(" role="u8, RecordingWords.Roles[(int)start.Role]);
        Word(" evidence="u8, RecordingWords.Evidence[(int)start.Evidence]);
        Number(" seen="u8, info.FirstSeen);
        Number(" from-start="u8, start.FromStart ? 1UL : 0);
        if (start.OffsetsKnown)
        {
            Number(" out-offset="u8, start.EgressOffset);
            Number(" in-offset="u8, start.IngressOffset);
        }

        EndPoint(" local="u8, info.Local);
        EndPoint(" remote="u8, info.Remote);
        Word(" proof="u8, RecordingWords.Proofs[(int)info.PeerProof]);
        NumberIf(" pid="u8, info.ProcessId);
        if (info.ProcessCommand.Length > 0)
        {
            Escaped(" command="u8, info.ProcessCommand);
        }

        NumberIf(" cgroup="u8, info.CgroupId);
        NumberIf(" netns="u8, info.NetworkNamespace);
        if (info.UnixPath is { } path)
        {
            Escaped(" unix="u8, path);
        }

        NumberIf(" peer-pid="u8, info.PeerProcessId);
        NumberIf(" inode="u8, info.Inode);
        NumberIf(" peer-inode="u8, info.PeerInode);
    }

    /// <summary>A connection carries the ciphertext of plaintext that comes from now on.</summary>
    public void Tls(ConnectionId id, in RecordedTls tls)
    {
        Line("tls"u8);
        Id(id);
        Source(tls.Source);
        Number(" from-start="u8, tls.FromStart ? 1UL : 0);
        Word(" proof="u8, RecordingWords.Proofs[(int)tls.Proof]);
        Number(" number="u8, (ulong)tls.Number);
    }

    /// <summary>The peer of a connection that had none before.</summary>
    public void Peer(ConnectionInfo info)
    {
        Line("peer"u8);
        Id(info.Id);
        EndPoint(" local="u8, info.Local);
        EndPoint(" remote="u8, info.Remote);
        if (info.UnixPath is { } path)
        {
            Escaped(" unix="u8, path);
        }

        Word(" proof="u8, RecordingWords.Proofs[(int)info.PeerProof]);
    }

    /// <summary>A call, of which the given bytes follow in this packet and in the parts behind it.</summary>
    public void Call(in Segment segment, int head, int tail)
    {
        Line("call"u8);
        Id(segment.Connection);
        Word(" dir="u8, RecordingWords.Directions[(int)segment.Direction]);
        Number(" offset="u8, segment.StreamOffset);
        Number(" bytes="u8, segment.ByteCount);
        if ((ulong)head != segment.ByteCount || tail != 0)
        {
            Number(" head="u8, (ulong)head);
            Number(" tail="u8, (ulong)tail);
        }

        Number(" took="u8, unchecked(segment.Time.Exit - segment.Time.Enter));
        NumberIf(" pid="u8, segment.Time.ProcessId);
        NumberIf(" tid="u8, segment.Time.ThreadId);
        if (segment.Flags != SegmentFlags.None)
        {
            Flags(segment.Flags);
        }

        Source(segment.Source);
    }

    /// <summary>More bytes of the call before.</summary>
    public void Part(ConnectionId id, Direction direction, ulong offset)
    {
        Line("part"u8);
        Id(id);
        Word(" dir="u8, RecordingWords.Directions[(int)direction]);
        Number(" offset="u8, offset);
    }

    private void Source(SegmentSource source)
    {
        foreach (var (word, value) in RecordingWords.Sources)
        {
            if (value == source)
            {
                Word(" source="u8, word);
            }
        }
    }

    private void Flags(SegmentFlags flags)
    {
        Put(" flags="u8);
        var first = true;
        foreach (var (word, value) in RecordingWords.Flags)
        {
            if ((flags & value) != 0)
            {
                Word(first ? default : ","u8, word);
                first = false;
            }
        }
    }

    private void Line(ReadOnlySpan<byte> what)
    {
        if (_used > 0)
        {
            Put("\n"u8);
        }

        Put(RecordingWords.Mark);
        Put(what);
    }

    private void Id(ConnectionId id)
    {
        Put(" id="u8);
        Room(16);
        Utf8Formatter.TryFormat(id.Value, _buffer.AsSpan(_used), out var written, new('x'));
        _used += written;
    }

    private void EndPoint(ReadOnlySpan<byte> name, IPEndPoint? value)
    {
        if (value is not null)
        {
            Escaped(name, value.ToString());
        }
    }

    private void NumberIf(ReadOnlySpan<byte> name, ulong value)
    {
        if (value != 0)
        {
            Number(name, value);
        }
    }

    private void Number(ReadOnlySpan<byte> name, ulong value)
    {
        Put(name);
        Room(20);
        Utf8Formatter.TryFormat(value, _buffer.AsSpan(_used), out var written);
        _used += written;
    }

    private void Number(ReadOnlySpan<byte> name, long value)
    {
        Put(name);
        Room(20);
        Utf8Formatter.TryFormat(value, _buffer.AsSpan(_used), out var written);
        _used += written;
    }

    private void Word(ReadOnlySpan<byte> name, string word)
    {
        Put(name);
        Room(word.Length);
        _used += Encoding.ASCII.GetBytes(word, _buffer.AsSpan(_used));
    }

    // What could end a value, a line or a reader's patience is written as %XX: every byte that is no visible ASCII.
    private void Escaped(ReadOnlySpan<byte> name, string text)
    {
        Put(name);
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            Room(3);
            if (value is > 0x20 and < 0x7F and not (byte)'%')
            {
                _buffer[_used++] = value;
                continue;
            }

            _buffer[_used++] = (byte)'%';
            _buffer[_used++] = "0123456789ABCDEF"u8[value >> 4];
            _buffer[_used++] = "0123456789ABCDEF"u8[value & 15];
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        Room(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void Room(int bytes)
    {
        if (bytes > _buffer.Length - _used)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _used + bytes));
        }
    }
}
