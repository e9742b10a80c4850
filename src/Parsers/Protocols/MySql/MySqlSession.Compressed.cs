// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql.Compression;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.MySql;

/// <content>
/// Compressed connections: each direction's packets then come out of a <see cref="CompressedStream"/>, with a unit in
/// the place of a call. Negotiated in the login; where that was not seen, told by the shape of the client's units, and
/// taken back when its bytes say otherwise.
/// </content>
internal sealed partial class MySqlSession
{
    private const int MaxBadUnits = 8;

    private CompressedStream? _clientUnits;
    private CompressedStream? _serverUnits;
    private bool _isCompressionGuessed;
    private int _badUnits; // in a row whose packets could not be read

    private CompressedStream? UnitsOf(bool isClient) => isClient ? _clientUnits : _serverUnits;

    // While an answer is read, also one whose command is not known, the server's packets are found.
    private bool IsLost(bool isClient) => isClient ? _clientLost : _serverLost && _current is null;

    private void Lose(bool isClient)
    {
        if (isClient)
        {
            LoseClient();
        }
        else
        {
            LoseServer();
        }
    }

    // Whether the login went well will not be seen: if it did, all that follows is compressed, and tells so by its shape.
    private void BeginCompressionUnseen()
    {
        if (_lastCommand == MySqlCommand.Connect && !_lastCommandAnswered && _facts.Compression is not null && _serverUnits is null)
        {
            BeginCompression(isGuessed: true);
            _clientUnits!.IsLost = true;
        }
    }

    private void BeginCompression(bool isGuessed)
    {
        _isCompressionGuessed = isGuessed;
        _clientUnits = new CompressedStream(Limits, _context.Inflaters) { IsLost = _clientLost };
        _serverUnits = new CompressedStream(Limits, _context.Inflaters) { IsLost = _serverLost };
        _client.MayRepeatZero = true;
    }

    private void EndCompression()
    {
        EndUnits();
        LoseServer();
        LoseClient();
    }

    // Not while packets of one are read.
    private void EndUnits()
    {
        _clientUnits?.Reset(isLost: true);
        _serverUnits?.Reset(isLost: true);
        _clientUnits = _serverUnits = null;
        _client.MayRepeatZero = false;
    }

    private ParseStatus ReadUnits(bool isClient, CompressedStream units, StreamWindow window)
    {
        if (units.IsLost)
        {
            var skip = FindUnit(isClient, units, window);
            if (skip < 0)
            {
                Drop(window, skip);
                return ParseStatus.NeedMoreData;
            }

            if (UnitsOf(isClient) != units)
            {
                return ReadPackets(isClient, window);
            }
        }

        while (true)
        {
            if (units.IsOffered)
            {
                var status = ReadOffered(isClient, units, window.MustNotWait);
                if (_silent || status != ParseStatus.NeedMoreData)
                {
                    return status;
                }
            }

            switch (units.Read(window, IsLost(isClient)))
            {
                case CompressedStep.Hole:
                    PassHole(isClient, units);
                    break;

                case CompressedStep.InvalidData:
                    units.Reset(isLost: true);
                    Lose(isClient);
                    return ParseStatus.InvalidData;

                case CompressedStep.NeedMoreData:
                    return ParseStatus.NeedMoreData;
            }
        }
    }

    // What could not be read goes, as it would with a call; the next unit is there all the same.
    private ParseStatus ReadOffered(bool isClient, CompressedStream units, bool mustNotWait)
    {
        units.Window.MustNotWait = mustNotWait;
        var status = IsLost(isClient) && !FindPackets(isClient, units.Window)
            ? ParseStatus.NeedMoreData
            : ReadPackets(isClient, units.Window);
        if (status == ParseStatus.AwaitRequest)
        {
            return status;
        }

        if (status == ParseStatus.InvalidData || units.Window.Length > Limits.MaxDetection)
        {
            if (!isClient && !units.Window.IsEmpty)
            {
                _dropped = units.Window.TimeAt(units.Window.EndOffset - 1);
            }

            units.DropOffered();
            if (status == ParseStatus.InvalidData && ++_badUnits > MaxBadUnits)
            {
                units.Reset(isLost: true);
                return status;
            }
        }
        else if (!IsLost(isClient))
        {
            _badUnits = 0;
        }

        units.EndOffer();
        return ParseStatus.NeedMoreData;
    }

    private bool PassGap(bool isClient, CompressedStream units, StreamWindow window, ulong length)
    {
        if (units.IsLost || !units.TryPass(window, length))
        {
            units.Reset(isLost: true);
            Lose(isClient);
            return false;
        }

        if (units.IsOffered && ReadOffered(isClient, units, mustNotWait: false) != ParseStatus.NeedMoreData)
        {
            units.Reset(isLost: true);
            Lose(isClient);
            return false;
        }

        if (units.HoleLength > 0)
        {
            PassHole(isClient, units);
        }

        return true;
    }

    private void PassHole(bool isClient, CompressedStream units)
    {
        if (_silent)
        {
            return;
        }

        var end = units.Window.TimeAt(units.Window.EndOffset + units.HoleLength - 1);
        if (IsLost(isClient))
        {
            Lose(isClient); // none of what is missing is a continuation, but messages may be among it
        }
        else
        {
            PassMissing(isClient, units.Window, units.HoleLength);
        }

        if (!isClient && _serverLost)
        {
            _dropped = end;
        }

        units.EndHole();
    }

    private int FindUnit(bool isClient, CompressedStream units, StreamWindow window)
    {
        var result = LookForUnit(isClient, window);
        if (result == 0)
        {
            units.IsLost = false;
        }
        else if (isClient && _isCompressionGuessed && FindClientBoundary(window) is >= 0 and var skip)
        {
            EndCompression();
            _clientLost = false;
            return skip;
        }
        else if (!isClient && result == IProtocolSession.NoBoundary && !window.IsEmpty)
        {
            _dropped = window.TimeAt(window.EndOffset - 1);
        }

        return result;
    }

    private int LookForUnit(bool isClient, StreamWindow window) => window.Offset != window.CallStart
        ? IProtocolSession.NoBoundary
        : CompressedBoundary.Find(window.Buffer, window.CallEnd - window.Offset, isClient, _context.Inflaters) switch
        {
            BoundaryResult.Found => 0,
            BoundaryResult.MoreNeeded => IProtocolSession.MoreNeeded,
            _ => IProtocolSession.NoBoundary,
        };

    private static void Drop(StreamWindow window, int skip)
    {
        if (skip == IProtocolSession.NoBoundary)
        {
            window.Advance(window.Length);
        }
    }

    // Both sides of a compressed connection take the unit's sequence id over when they have sent what they had.
    private bool IsSequenceOfUnit(scoped ref PacketCursor cursor, PacketHeader header) =>
        _serverUnits is { } units && cursor.Offset == cursor.CallStart && header.Sequence == units.Sequence;

    private static long MissingOf(CompressedStream? units, MySqlPacketReader reader) =>
        units is null || reader.MissingBytes == 0 ? reader.MissingBytes : Math.Max(1, units.TakeLost());
}
