// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Runtime.CompilerServices;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Reads the packets of one direction and joins those of 16 MiB and more into one payload. Resumable at every byte:
/// what is not wanted is counted and not kept, so a payload of any size needs no more than the prefix asked for.
/// MySQL source documentation, "MySQL Packets".
/// </summary>
/// <remarks>
/// For each payload <see cref="Begin"/> is called until it is Done, which shows sequence id and first byte; then
/// <see cref="ReadBody"/> until it is Done, which gives the prefix.
/// </remarks>
internal sealed class MySqlPacketReader
{
    private enum Place : byte
    {
        Header,
        FirstByte,
        Body,
        ContinuationHeader,
    }

    private Place _place;
    private int _remaining; // of the current packet
    private bool _continues;
    private long _read;     // bytes of the payload that went by, seen or skipped
    private bool _keeping;
    private byte[]? _kept;
    private int _keptLength;

    /// <summary>
    /// On compressed connections the clients' libraries give every packet of a long payload the number 0: what counts is
    /// the compressed packets' own. A continuation may then have it too.
    /// </summary>
    public bool MayRepeatZero { get; set; }

    /// <summary>Sequence id of the payload's first packet.</summary>
    public byte FirstSequence { get; private set; }

    /// <summary>Sequence id of the packet read last.</summary>
    public byte Sequence { get; private set; }

    /// <summary>Length of the payload's first packet, bytes without header.</summary>
    public int PacketLength { get; private set; }

    /// <summary>First byte of the payload, 0 when it is empty.</summary>
    public byte FirstByte { get; private set; }

    /// <summary>Stream offset of the first header.</summary>
    public ulong StartOffset { get; private set; }

    /// <summary>Length of the joined payload; final when <see cref="ReadBody"/> is Done.</summary>
    public long PayloadLength => _read;

    /// <summary>Bytes of the payload that were lost to the capture.</summary>
    public long MissingBytes { get; private set; }

    /// <summary>Headers and payload so far, bytes.</summary>
    public long WireLength { get; private set; }

    /// <summary>True from <see cref="Begin"/>'s Done to <see cref="ReadBody"/>'s Done.</summary>
    public bool InPayload => _place is Place.Body or Place.ContinuationHeader;

    /// <summary>True when the next byte begins a header.</summary>
    public bool AtBoundary => _place == Place.Header;

    /// <summary>Reads the header and looks at the first byte. Done also when a payload has begun already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ParseStatus Begin(scoped ref PacketCursor cursor)
    {
        if (_place == Place.Header)
        {
            if (!cursor.TryPeek(out var header))
            {
                return ParseStatus.NeedMoreData;
            }

            StartOffset = cursor.Offset;
            cursor.Advance(PacketHeader.Size);
            PacketLength = header.Length;
            FirstSequence = header.Sequence;
            StartPacket(header);
            WireLength = PacketHeader.Size;
            MissingBytes = 0;
            FirstByte = 0;
            _read = 0;
            _keptLength = 0;
            _keeping = true;
            _place = _remaining == 0 ? Place.Body : Place.FirstByte;
        }

        if (_place == Place.FirstByte)
        {
            if (cursor.Span.IsEmpty)
            {
                return ParseStatus.NeedMoreData;
            }

            FirstByte = cursor.Span[0];
            _place = Place.Body;
        }

        return ParseStatus.Done;
    }

    /// <summary>
    /// Reads on to the payload's end. <paramref name="keep"/> is how many bytes of its beginning are wanted; the
    /// prefix given is shorter where the payload or the capture is. InvalidData: a continuation out of sequence.
    /// </summary>
    public ParseStatus ReadBody(scoped ref PacketCursor cursor, int keep, out ReadOnlySpan<byte> prefix)
    {
        var span = cursor.Span;
        if (_read == 0 && !_continues && span.Length >= _remaining)
        {
            prefix = span[..Math.Min(_remaining, keep)]; // the usual case: nothing is copied
            _read = _remaining;
            WireLength += _remaining;
            cursor.Advance(_remaining);
            _remaining = 0;
            _place = Place.Header;
            return ParseStatus.Done;
        }

        prefix = default;
        while (true)
        {
            if (_place == Place.ContinuationHeader)
            {
                var status = ReadContinuation(ref cursor);
                if (status != ParseStatus.Done)
                {
                    return status;
                }
            }

            span = cursor.Span;
            var chunk = Math.Min(span.Length, _remaining);
            Keep(span[..chunk], keep);
            cursor.Advance(chunk);
            Pass(chunk);
            if (_remaining > 0)
            {
                if (cursor.Span.IsEmpty)
                {
                    return ParseStatus.NeedMoreData;
                }
            }
            else if (_continues)
            {
                _place = Place.ContinuationHeader;
            }
            else
            {
                prefix = TakePrefix();
                return ParseStatus.Done;
            }
        }
    }

    /// <summary>
    /// Passes over bytes that were lost. False when they do not all lie in the current packet of a payload that has
    /// begun: then framing is lost. When the payload ends with them, <see cref="TryEndAfterSkip"/> gives it.
    /// </summary>
    public bool TrySkip(ulong length)
    {
        if (_place != Place.Body || length > (ulong)_remaining)
        {
            return false;
        }

        MissingBytes += (long)length;
        _keeping = false;
        Pass((int)length);
        if (_remaining == 0 && _continues)
        {
            _place = Place.ContinuationHeader;
        }

        return true;
    }

    /// <summary>Gives the payload's prefix when <see cref="TrySkip"/> has reached its end.</summary>
    public bool TryEndAfterSkip(out ReadOnlySpan<byte> prefix)
    {
        if (_place != Place.Body || _remaining > 0)
        {
            prefix = default;
            return false;
        }

        prefix = TakePrefix();
        return true;
    }

    /// <summary>Forgets everything: the next byte begins a header.</summary>
    public void Reset()
    {
        _place = Place.Header;
        _remaining = 0;
        _read = 0;
        ReleaseKept();
    }

    /// <summary>Gives a large buffer back once the prefix was used.</summary>
    public void ReleaseKept()
    {
        if (_kept is not null && _place == Place.Header)
        {
            ArrayPool<byte>.Shared.Return(_kept);
            _kept = null;
            _keptLength = 0;
        }
    }

    private ParseStatus ReadContinuation(scoped ref PacketCursor cursor)
    {
        if (!cursor.TryPeek(out var header))
        {
            return ParseStatus.NeedMoreData;
        }

        if (header.Sequence != (byte)(Sequence + 1) && !(MayRepeatZero && header.Sequence == 0))
        {
            return ParseStatus.InvalidData;
        }

        cursor.Advance(PacketHeader.Size);
        WireLength += PacketHeader.Size;
        StartPacket(header);
        _place = Place.Body;
        return ParseStatus.Done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StartPacket(PacketHeader header)
    {
        Sequence = header.Sequence;
        _remaining = header.Length;
        _continues = header.Length == PacketHeader.MaxLength;
    }

    private void Pass(int count)
    {
        _remaining -= count;
        _read += count;
        WireLength += count;
    }

    private void Keep(ReadOnlySpan<byte> bytes, int limit)
    {
        if (!_keeping || bytes.IsEmpty)
        {
            return;
        }

        var count = Math.Min(bytes.Length, limit - _keptLength);
        if (count <= 0)
        {
            return;
        }

        var needed = _keptLength + count;
        if (_kept is null || _kept.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Min(limit, needed * 2)));
            _kept?.AsSpan(0, _keptLength).CopyTo(larger);
            if (_kept is not null)
            {
                ArrayPool<byte>.Shared.Return(_kept);
            }

            _kept = larger;
        }

        bytes[..count].CopyTo(_kept.AsSpan(_keptLength));
        _keptLength = needed;
    }

    private ReadOnlySpan<byte> TakePrefix()
    {
        _place = Place.Header;
        return _kept.AsSpan(0, _keptLength);
    }
}
