// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Files;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// Gives an engine what another one was given when <see cref="SegmentRecorder"/> recorded it: the same connections,
/// calls, closes and steps of time, in the same order. So it finds the same exchanges, with the same facts.
/// The packets' own headers count for nothing: the comments have all that the headers were made from.
/// </summary>
/// <remarks>
/// Edited files: a packet that is cut or gone is a hole; a connection whose facts are gone has those that its packets
/// tell.
/// </remarks>
public sealed partial class RecordingReader
{
    private const int MaxKnown = 200_000;
    private const int MaxReasons = 64;
    private const int MaxCall = 1024 * 1024; // twice the largest capture limit, which holds for either end of a call

    private readonly TraceEngine _engine;
    private readonly ISegmentTap? _tap;
    private readonly HashSet<ConnectionId> _known = [];
    private readonly HashSet<ConnectionId> _unwanted = [];
    private readonly Dictionary<string, ulong> _losses = new(StringComparer.Ordinal);
    private RecordedFact _call; // waits for its parts while its kind is Call
    private long _callTime;
    private byte[] _bytes = [];
    private int _count;
    private bool _isBroken; // a part is missing: those behind it have no place

    /// <summary>Makes one that feeds the engine, and shows what it gives to <paramref name="tap"/>.</summary>
    public RecordingReader(TraceEngine engine, ISegmentTap? tap = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
        _tap = tap;
    }

    /// <summary>Only connections of which this says yes; null for all.</summary>
    public Func<ConnectionInfo, bool>? Wanted { get; init; }

    /// <summary>The latest time that was read, nanoseconds since the Unix epoch: that of the end, if there is one.</summary>
    public long Time { get; private set; }

    /// <summary>
    /// What was lost when it was recorded, by reason, as far as was read. Reasons that have no room count as "other".
    /// </summary>
    public IReadOnlyDictionary<string, ulong> Losses => _losses;

    /// <summary>True when the last thing that was read is a recording's end.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Lines of ours that make no sense.</summary>
    public long Malformed { get; private set; }

    /// <summary>Packets with payload and without facts of ours: they were passed over.</summary>
    public long Foreign { get; private set; }

    /// <summary>Calls of which captured bytes are missing from the file.</summary>
    public long Incomplete { get; private set; }

    /// <summary>
    /// True when the section says that it is a recording of a version that is read here. Editors rewrite the program's
    /// name and keep the comment, so that it is the comment that tells.
    /// </summary>
    public static bool IsRecording(CaptureSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return section.Comments.Any(static comment =>
            comment.StartsWith(RecordingWords.SectionMark, StringComparison.Ordinal) &&
            (comment.Length == RecordingWords.SectionMark.Length || !char.IsAsciiDigit(comment[RecordingWords.SectionMark.Length])));
    }

    /// <summary>
    /// True when the packet has facts of ours. That of a section's first packet tells whether its comments are still
    /// there; without them it is an ordinary capture.
    /// </summary>
    public static bool HasFacts(in CapturePacket packet)
    {
        var rest = packet.Options;
        while (CaptureOptions.TryTake(ref rest, packet.Interface.Section.IsBigEndian, out var code, out var value))
        {
            var end = value.IndexOf((byte)'\n');
            if (code == CaptureOption.Comment && RecordingDecoder.TryDecode(end < 0 ? value : value[..end], out _))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes one packet.</summary>
    public void Accept(in CapturePacket packet)
    {
        var isOurs = false;
        var rest = packet.Options;
        while (CaptureOptions.TryTake(ref rest, packet.Interface.Section.IsBigEndian, out var code, out var value))
        {
            if (code == CaptureOption.Comment)
            {
                isOurs |= AcceptComment(packet, value);
            }
        }

        // The second and third packet of a handshake say nothing that the first did not.
        Foreign += isOurs || RecordedPacket.Payload(packet).IsEmpty ? 0 : 1;
    }

    /// <summary>There are no more packets: what waits for parts is delivered as it is.</summary>
    public void Finish() => Deliver();

    private bool AcceptComment(in CapturePacket packet, ReadOnlySpan<byte> comment)
    {
        var isOurs = false;
        while (!comment.IsEmpty)
        {
            var end = comment.IndexOf((byte)'\n');
            var line = end < 0 ? comment : comment[..end];
            comment = end < 0 ? default : comment[(end + 1)..];
            if (RecordingDecoder.TryDecode(line, out var fact))
            {
                isOurs = true;
                Apply(packet, fact);
            }
            else if (line.StartsWith(RecordingWords.Mark))
            {
                Malformed++;
            }
        }

        return isOurs;
    }

    private void Apply(in CapturePacket packet, in RecordedFact fact)
    {
        if (fact.Kind == RecordedFactKind.Part)
        {
            AddPart(packet, fact);
            return;
        }

        Deliver();
        HasEnded = fact.Kind == RecordedFactKind.End;
        Time = Math.Max(Time, fact.Kind is RecordedFactKind.Call or RecordedFactKind.Connection or RecordedFactKind.Tls or RecordedFactKind.Peer ? packet.Time : fact.Time);
        switch (fact.Kind)
        {
            case RecordedFactKind.Time:
                _engine.Advance(fact.Time);
                _tap?.Advance(fact.Time);
                break;
            case RecordedFactKind.Connection:
                Open(fact.Connection!);
                break;
            case RecordedFactKind.Call:
                Begin(packet, fact);
                break;
            case RecordedFactKind.Loss:
                AddLosses(fact.Losses!);
                break;
            case RecordedFactKind.Tls:
                Bind(fact);
                break;
            case RecordedFactKind.Peer:
                LearnPeer(fact.Connection!);
                break;
            case RecordedFactKind.Close:
                _known.Remove(fact.Id);
                _bound.Remove(fact.Id);
                if (!_unwanted.Remove(fact.Id))
                {
                    _engine.Close(fact.Id, fact.Time, fact.IsReset);
                }

                break;
            default:
                break;
        }
    }

    private void AddLosses(IReadOnlyList<RecordedLoss> losses)
    {
        foreach (var (reason, count) in losses)
        {
            var name = _losses.ContainsKey(reason) || _losses.Count < MaxReasons ? reason : "other";
            _losses[name] = Saturated.Add(_losses.GetValueOrDefault(name), count);
        }
    }

    private void Begin(in CapturePacket packet, in RecordedFact fact)
    {
        if (!_known.Contains(fact.Id))
        {
            // The engine takes a connection of which nothing is told; a filter can't.
            Open(RecordedPacket.Connection(packet, fact) ?? new ConnectionInfo
            {
                Id = fact.Id,
                ProcessId = fact.ProcessId,
                FirstSeen = packet.Time,
                PeerProof = PeerProof.Unknown,
            });
        }

        var wanted = (long)fact.Head + fact.Tail;
        var payload = RecordedPacket.Payload(packet);
        _call = fact;
        _callTime = packet.Time;
        _count = 0;
        _isBroken = false;
        if (payload.Length == wanted)
        {
            _call.Kind = RecordedFactKind.None;
            Give(payload[..(int)fact.Head], payload[(int)fact.Head..]);
            return;
        }

        Add(payload, wanted);
    }

    private void AddPart(in CapturePacket packet, in RecordedFact part)
    {
        var wanted = (long)_call.Head + _call.Tail;
        if (_call.Kind != RecordedFactKind.Call || part.Id != _call.Id || part.Direction != _call.Direction)
        {
            Incomplete++; // its call is gone
            return;
        }

        var expected = unchecked(_count < _call.Head
            ? _call.Offset + (ulong)_count
            : _call.Offset + _call.Bytes - _call.Tail + (ulong)_count - _call.Head);
        _isBroken |= part.Offset != expected;
        if (!_isBroken)
        {
            Add(RecordedPacket.Payload(packet), wanted);
        }
    }

    private void Add(ReadOnlySpan<byte> payload, long wanted)
    {
        if (_count + payload.Length > Math.Min(wanted, MaxCall))
        {
            _isBroken = true;
            return;
        }

        if (_count + payload.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Min(MaxCall, Math.Max(_count + payload.Length, _bytes.Length * 2)));
        }

        payload.CopyTo(_bytes.AsSpan(_count));
        _count += payload.Length;
        if (_count == wanted)
        {
            Deliver();
        }
    }

    private void Deliver()
    {
        if (_call.Kind != RecordedFactKind.Call)
        {
            return;
        }

        _call.Kind = RecordedFactKind.None;
        var isWhole = _count == (long)_call.Head + _call.Tail;
        Incomplete += isWhole ? 0 : 1;
        var head = (int)Math.Min(_count, _call.Head);
        Give(_bytes.AsSpan(0, head), isWhole ? _bytes.AsSpan(head, _count - head) : default);
    }

    private void Give(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        if (_unwanted.Contains(_call.Id))
        {
            return;
        }

        var isSent = _call.Direction == Direction.Egress;
        var enter = isSent ? _callTime : unchecked(_callTime - _call.Took);
        var exit = isSent ? unchecked(_callTime + _call.Took) : _callTime;
        Time = Math.Max(Time, exit);
        var segment = new Segment
        {
            Connection = _call.Id,
            Direction = _call.Direction,
            Source = _call.Source,
            Flags = _call.Flags,
            StreamOffset = _call.Offset,
            ByteCount = _call.Bytes,
            Head = head,
            Tail = tail,
            Time = new SegmentTime(enter, exit, _call.ProcessId, _call.ThreadId),
        };
        _engine.Accept(segment);
        _tap?.Accept(segment);
    }

    // A file may name any number of connections. Who is forgotten here is opened again, which the engine passes over.
    private void Open(ConnectionInfo connection)
    {
        if (_known.Count >= MaxKnown)
        {
            _known.Clear();
            _unwanted.Clear();
            _bound.Clear();
        }

        _known.Add(connection.Id);
        if (Wanted is null || Wanted(connection))
        {
            _engine.Open(connection);
        }
        else
        {
            _unwanted.Add(connection.Id);
        }
    }
}
