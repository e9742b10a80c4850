// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Tells whether a call of the client begins with a command. Only whole calls count: the packets in it must be
/// commands, one behind the other, and end exactly where the call ends. Servers read a header and its payload by two
/// calls, so a call of 4 bytes is looked at together with what follows.
/// </summary>
internal static class CommandBoundary
{
    private const int LookAhead = 64;

    /// <summary>Looks at the bytes from the beginning of a call of <paramref name="callLength"/> bytes.</summary>
    public static BoundaryResult Find(ReadOnlySequence<byte> bytes, ulong callLength)
    {
        Span<byte> start = stackalloc byte[LookAhead];
        var isHeaderAlone = callLength == PacketHeader.Size;
        for (var rest = bytes; ;)
        {
            var count = (int)Math.Min(start.Length, rest.Length);
            rest.Slice(0, count).CopyTo(start);
            if (count <= PacketHeader.Size)
            {
                return MayBeHeader(start[..count]) && (isHeaderAlone || (ulong)bytes.Length < callLength)
                    ? BoundaryResult.MoreNeeded
                    : BoundaryResult.None;
            }

            var header = PacketHeader.Read(start);
            if (header.Sequence != 0 || !CommandShape.IsPlausible(start[PacketHeader.Size], header.Length) ||
                !LooksRight(start[PacketHeader.Size..count], header.Length))
            {
                return BoundaryResult.None;
            }

            var seen = (ulong)(bytes.Length - rest.Length);
            var end = seen + (ulong)header.Length + PacketHeader.Size;
            if (isHeaderAlone)
            {
                return (ulong)bytes.Length <= end ? BoundaryResult.Found : BoundaryResult.None;
            }

            if (end >= callLength || header.Length == PacketHeader.MaxLength)
            {
                return end == callLength ? BoundaryResult.Found : BoundaryResult.None;
            }

            if (end > (ulong)rest.Length + seen)
            {
                return BoundaryResult.None; // cut in front of the next command: nothing shows that one is there
            }

            rest = bytes.Slice((long)end);
            if (rest.IsEmpty)
            {
                return BoundaryResult.None;
            }
        }
    }

    private static bool MayBeHeader(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        >= PacketHeader.Size => PacketHeader.Read(bytes) is { Sequence: 0, Length: > 0 },
        _ => true,
    };

    // Statement text looks like text; names too.
    private static bool LooksRight(ReadOnlySpan<byte> payload, int length)
    {
        var body = payload[1..Math.Min(payload.Length, length)];
        switch ((MySqlCommand)payload[0])
        {
            case MySqlCommand.Query:
                var start = QueryAttributes.FindText(body, null);
                return start >= body.Length || LooksLikeText(body[start..]) || body is [<= 8, 1, ..];

            case MySqlCommand.StatementPrepare or MySqlCommand.InitDb or MySqlCommand.CreateDb or MySqlCommand.DropDb:
                return LooksLikeText(body);

            case MySqlCommand.ChangeUser or MySqlCommand.FieldList: // a name and its end
                return body.IndexOf((byte)0) is var end && LooksLikeText(end < 0 ? body : body[..end]);

            case MySqlCommand.BinlogDump: // position, flags and server in front of the file's name
                return body.Length < 10 || (body[5] == 0 && LooksLikeText(body[10..]));

            case MySqlCommand.BinlogDumpGtid: // flags, server and the length of the name
                return body.Length < 10 || (body[1] == 0 && body[8] == 0 && body[9] == 0);

            case MySqlCommand.SetOption:
                return body is [0 or 1, 0];

            default:
                return true;
        }
    }

    private static bool LooksLikeText(ReadOnlySpan<byte> text)
    {
        foreach (var b in text[..Math.Min(text.Length, 16)])
        {
            if (b is < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f' or 0x0b))
            {
                return false;
            }
        }

        return true;
    }
}
