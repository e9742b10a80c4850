// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.MySql.Compression;

/// <content>One unit: its header, its body as it stands or inflated, and giving it up.</content>
internal sealed partial class CompressedStream
{
    private CompressedStep Begin(StreamWindow stream, bool wholeUnits)
    {
        Span<byte> bytes = stackalloc byte[CompressedHeader.Size];
        if (stream.Length < bytes.Length)
        {
            return CompressedStep.NeedMoreData;
        }

        stream.Buffer.Slice(0, bytes.Length).CopyTo(bytes);
        var header = CompressedHeader.Read(bytes);
        if (header.Length == 0)
        {
            return CompressedStep.InvalidData;
        }

        Sequence = header.Sequence;
        _unitStart = _pieceStart = InnerEnd;
        _unitEnd = _unitStart + (ulong)header.UnitLength;
        _left = CompressedHeader.Size;
        _movedStart = stream.Offset;
        _first = stream.TimeAt(stream.Offset);
        _isEndSeen = true;
        Take(stream, CompressedHeader.Size);
        _left = header.Length;
        _place = header.InflatedLength == 0 ? Place.Stored : Place.Deflated;
        if ((wholeUnits && header.UnitLength > limits.MaxBuffered) || (_place == Place.Deflated && header.UnitLength > _credit))
        {
            Pass();
        }

        return CompressedStep.Bytes;
    }

    private CompressedStep Copy(StreamWindow stream)
    {
        var count = (int)Math.Min(Math.Min(_left, Rest(stream)), Chunk);
        if (count == 0)
        {
            return CompressedStep.NeedMoreData;
        }

        stream.Buffer.Slice(_taken, count).CopyTo(_bytes.Room(count));
        _bytes.Commit(count);
        Take(stream, count);
        _place = _left == 0 ? Place.Header : Place.Stored;
        return CompressedStep.Bytes;
    }

    private CompressedStep Inflate(StreamWindow stream)
    {
        if (_inflater is null && Choose(stream) is var chosen && chosen != CompressedStep.Bytes)
        {
            return chosen;
        }

        if (_inflater is null)
        {
            return CompressedStep.Bytes; // nobody can: it is passed
        }

        var missing = (int)(_unitEnd - InnerEnd);
        var input = stream.Buffer.Slice(_taken, Math.Min(_left, Rest(stream)));
        var offered = input.Length;
        Span<byte> surplus = stackalloc byte[1]; // behind the last byte only the checksum is read
        var output = missing > 0 ? _bytes.Room(Math.Min(missing, Step)) : surplus;
        var written = _inflater.Inflate(ref input, output[..Math.Max(1, Math.Min(missing, output.Length))]);
        Take(stream, (int)(offered - input.Length));
        if (written < 0 || written > missing)
        {
            return CompressedStep.InvalidData;
        }

        _bytes.Commit(written);
        _credit -= written;
        if (written > 0)
        {
            return CompressedStep.Bytes;
        }

        if (input.Length > 0 || (_left == 0 && missing > 0))
        {
            return CompressedStep.InvalidData; // it ended before its header says, or bytes follow that are not of it
        }

        if (_left > 0)
        {
            return offered > 0 ? CompressedStep.Bytes : CompressedStep.NeedMoreData;
        }

        ReturnInflater(isWhole: true);
        _place = Place.Header;
        return CompressedStep.Bytes;
    }

    private CompressedStep Choose(StreamWindow stream)
    {
        var count = Math.Min(_left, CompressedHeader.MagicBytes);
        if (Rest(stream) < count)
        {
            return CompressedStep.NeedMoreData;
        }

        Span<byte> magic = stackalloc byte[CompressedHeader.MagicBytes];
        magic = magic[..count];
        stream.Buffer.Slice(_taken, count).CopyTo(magic);
        if (CompressedHeader.AlgorithmOf(magic) is not { } algorithm)
        {
            return CompressedStep.InvalidData;
        }

        Algorithm = algorithm;
        _inflater = inflaters.Rent(algorithm);
        if (_inflater is null)
        {
            Pass();
        }

        return CompressedStep.Bytes;
    }

    private void Pass()
    {
        ReturnInflater(isWhole: false);
        _lost += _place == Place.Passed ? 0 : _left;
        _place = Place.Passed;
    }

    private void ReturnInflater(bool isWhole)
    {
        if (_inflater is { } inflater)
        {
            _inflater = null;
            inflaters.Return(Algorithm!.Value, inflater, isWhole);
        }
    }
}
