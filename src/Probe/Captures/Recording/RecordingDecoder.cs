// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Text;
using System.Net;
using System.Text;
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>Reads what <see cref="RecordingEncoder"/> writes. Any text is possible input; nothing is thrown.</summary>
internal static class RecordingDecoder
{
    private const int MaxText = 4096; // of one value: no path and no command is longer

    /// <summary>
    /// Reads one line. False when it is none of ours, lacks something, or contradicts itself; names that are not known
    /// are passed over, so that a later version may add some.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> line, out RecordedFact fact)
    {
        fact = default;
        if (!line.StartsWith(RecordingWords.Mark))
        {
            return false;
        }

        line = line[RecordingWords.Mark.Length..].TrimEnd("\r "u8);
        var kind = KindOf(NextWord(ref line));
        if (kind == RecordedFactKind.None)
        {
            return false;
        }

        var fields = new Fields();
        while (!line.IsEmpty)
        {
            var word = NextWord(ref line);
            var equals = word.IndexOf((byte)'=');
            if (equals <= 0 || !(kind == RecordedFactKind.Loss
                ? fields.TakeLoss(word[..equals], word[(equals + 1)..])
                : fields.Take(word[..equals], word[(equals + 1)..])))
            {
                return false;
            }
        }

        return fields.TryBuild(kind, out fact);
    }

    private static ReadOnlySpan<byte> NextWord(ref ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf((byte)' ');
        var word = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[(end + 1)..];
        return word;
    }

    private static RecordedFactKind KindOf(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("call"u8) ? RecordedFactKind.Call
        : word.SequenceEqual("part"u8) ? RecordedFactKind.Part
        : word.SequenceEqual("time"u8) ? RecordedFactKind.Time
        : word.SequenceEqual("connection"u8) ? RecordedFactKind.Connection
        : word.SequenceEqual("tls"u8) ? RecordedFactKind.Tls
        : word.SequenceEqual("peer"u8) ? RecordedFactKind.Peer
        : word.SequenceEqual("loss"u8) ? RecordedFactKind.Loss
        : word.SequenceEqual("close"u8) ? RecordedFactKind.Close
        : word.SequenceEqual("end"u8) ? RecordedFactKind.End
        : RecordedFactKind.None;

    private static bool TryText(ReadOnlySpan<byte> value, out string text)
    {
        text = "";
        if (value.Length > MaxText)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[MaxText];
        var length = 0;
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] != (byte)'%')
            {
                bytes[length++] = value[i];
            }
            else if (i + 2 < value.Length && char.IsAsciiHexDigit((char)value[i + 1]) && char.IsAsciiHexDigit((char)value[i + 2]))
            {
                bytes[length++] = (byte)((Hex(value[i + 1]) << 4) | Hex(value[i + 2]));
                i += 2;
            }
            else
            {
                return false;
            }
        }

        text = Encoding.UTF8.GetString(bytes[..length]);
        return true;
    }

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static bool TryWord(ReadOnlySpan<byte> value, string[] words, out int index)
    {
        for (index = 0; index < words.Length; index++)
        {
            if (Ascii.Equals(value, words[index]))
            {
                return true;
            }
        }

        index = 0;
        return false;
    }

    private static bool TryNumber(ReadOnlySpan<byte> value, out ulong number) =>
        Utf8Parser.TryParse(value, out number, out var used) && used == value.Length;

    private static bool TryNumber(ReadOnlySpan<byte> value, out uint number) =>
        Utf8Parser.TryParse(value, out number, out var used) && used == value.Length;

    private static bool TryNumber(ReadOnlySpan<byte> value, out long number) =>
        Utf8Parser.TryParse(value, out number, out var used) && used == value.Length;

    /// <summary>The names and values of one line.</summary>
    private struct Fields
    {
        private RecordedFact _fact;
        private bool _hasId;
        private bool _hasDirection;
        private bool _hasOffset;
        private bool _hasBytes;
        private bool _hasHead;
        private bool _hasTime;
        private int _role;
        private int _evidence;
        private int _proof;
        private long _seen;
        private ulong _fromStart;
        private ulong _reset;
        private ulong? _egress;
        private ulong? _ingress;
        private IPEndPoint? _local;
        private IPEndPoint? _remote;
        private string? _command;
        private string? _unix;
        private ulong _cgroup;
        private uint _namespace;
        private uint _peer;
        private ulong _inode;
        private ulong _peerInode;
        private List<RecordedLoss>? _losses;

        /// <summary>False when the value is none that the name can have.</summary>
        public bool Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Encoding.ASCII.GetString(name) switch
        {
            "id" => _hasId = TakeId(value),
            "dir" => _hasDirection = TakeDirection(value),
            "offset" => _hasOffset = TryNumber(value, out _fact.Offset),
            "bytes" => _hasBytes = TryNumber(value, out _fact.Bytes),
            "head" => _hasHead = TryNumber(value, out _fact.Head),
            "tail" => TryNumber(value, out _fact.Tail),
            "took" => TryNumber(value, out _fact.Took),
            "pid" => TryNumber(value, out _fact.ProcessId),
            "tid" => TryNumber(value, out _fact.ThreadId),
            "flags" => TakeFlags(value),
            "source" => TakeSource(value),
            "number" => TryNumber(value, out _fact.Number),
            "at" => _hasTime = TryNumber(value, out _fact.Time),
            "reset" => TryNumber(value, out _reset) && _reset <= 1,
            "role" => TryWord(value, RecordingWords.Roles, out _role),
            "evidence" => TryWord(value, RecordingWords.Evidence, out _evidence),
            "proof" => TryWord(value, RecordingWords.Proofs, out _proof),
            "seen" => TryNumber(value, out _seen),
            "from-start" => TryNumber(value, out _fromStart) && _fromStart <= 1,
            "out-offset" => TakeNumber(value, ref _egress),
            "in-offset" => TakeNumber(value, ref _ingress),
            "local" => TakeEndPoint(value, ref _local),
            "remote" => TakeEndPoint(value, ref _remote),
            "command" => TryText(value, out _command),
            "unix" => TryText(value, out _unix),
            "cgroup" => TryNumber(value, out _cgroup),
            "netns" => TryNumber(value, out _namespace),
            "peer-pid" => TryNumber(value, out _peer),
            "inode" => TryNumber(value, out _inode),
            "peer-inode" => TryNumber(value, out _peerInode),
            _ => true,
        };

        /// <summary>As <see cref="Take"/>, of a line of losses: all names but one are reasons.</summary>
        public bool TakeLoss(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            if (name.SequenceEqual("at"u8))
            {
                return _hasTime = TryNumber(value, out _fact.Time);
            }

            if (!RecordedLoss.IsName(name) || !TryNumber(value, out ulong count))
            {
                return false;
            }

            (_losses ??= []).Add(new RecordedLoss(Encoding.ASCII.GetString(name), count));
            return true;
        }

        /// <summary>Puts it together; false when something that this kind needs is not there.</summary>
        public bool TryBuild(RecordedFactKind kind, out RecordedFact fact)
        {
            _fact.Kind = kind;
            if (!_hasHead && kind == RecordedFactKind.Call)
            {
                _fact.Head = (uint)Math.Min(_fact.Bytes, uint.MaxValue);
            }

            var isWhole = kind switch
            {
                RecordedFactKind.Time or RecordedFactKind.End => _hasTime,
                RecordedFactKind.Loss => _hasTime && _losses is not null,
                RecordedFactKind.Close => _hasId && _hasTime,
                RecordedFactKind.Part => _hasId && _hasDirection && _hasOffset,
                RecordedFactKind.Call => _hasId && _hasDirection && _hasOffset && _hasBytes &&
                    (ulong)_fact.Head + _fact.Tail <= _fact.Bytes,
                RecordedFactKind.Tls => _hasId && _proof != 0 && _fact.Source.IsTlsPlaintext(),
                RecordedFactKind.Peer => _hasId && _proof != 0,
                _ => _hasId,
            };
            _fact.FromStart = _fromStart == 1;
            _fact.IsReset = _reset == 1;
            _fact.Proof = (PeerProof)_proof;
            if (isWhole && kind is RecordedFactKind.Connection or RecordedFactKind.Peer)
            {
                _fact.Connection = MakeConnection();
            }

            _fact.Losses = _losses;
            fact = isWhole ? _fact : default;
            return isWhole;
        }

        private readonly ConnectionInfo MakeConnection() => new()
        {
            Id = _fact.Id,
            Role = (EndpointRole)_role,
            RoleEvidence = (RoleEvidence)_evidence,
            ProcessId = _fact.ProcessId,
            ProcessCommand = _command ?? "",
            CgroupId = _cgroup,
            NetworkNamespace = _namespace,
            Local = _local,
            Remote = _remote,
            UnixPath = _unix,
            PeerProcessId = _peer,
            Inode = _inode,
            PeerInode = _peerInode,
            FromStart = _fromStart == 1,
            OffsetsKnown = _egress is not null && _ingress is not null,
            EgressOffset = _egress.GetValueOrDefault(),
            IngressOffset = _ingress.GetValueOrDefault(),
            FirstSeen = _seen,
            PeerProof = (PeerProof)_proof,
        };

        private bool TakeId(ReadOnlySpan<byte> value)
        {
            var isRead = Utf8Parser.TryParse(value, out ulong id, out var used, 'x') && used == value.Length;
            _fact.Id = new ConnectionId(id);
            return isRead;
        }

        private bool TakeDirection(ReadOnlySpan<byte> value)
        {
            var isRead = TryWord(value, RecordingWords.Directions, out var index);
            _fact.Direction = (Direction)index;
            return isRead;
        }

        private bool TakeFlags(ReadOnlySpan<byte> value)
        {
            while (!value.IsEmpty)
            {
                var comma = value.IndexOf((byte)',');
                var word = comma < 0 ? value : value[..comma];
                value = comma < 0 ? default : value[(comma + 1)..];
                var known = SegmentFlags.None;
                foreach (var (name, flag) in RecordingWords.Flags)
                {
                    known |= Ascii.Equals(word, name) ? flag : SegmentFlags.None;
                }

                if (known == SegmentFlags.None)
                {
                    return false;
                }

                _fact.Flags |= known;
            }

            return true;
        }

        private bool TakeSource(ReadOnlySpan<byte> value)
        {
            foreach (var (word, source) in RecordingWords.Sources)
            {
                if (Ascii.Equals(value, word))
                {
                    _fact.Source = source;
                    return true;
                }
            }

            return false;
        }

        private static bool TakeNumber(ReadOnlySpan<byte> value, ref ulong? number)
        {
            var isRead = TryNumber(value, out ulong read);
            number = read;
            return isRead;
        }

        private static bool TakeEndPoint(ReadOnlySpan<byte> value, ref IPEndPoint? endPoint) =>
            TryText(value, out var text) && IPEndPoint.TryParse(text, out endPoint);
    }
}
