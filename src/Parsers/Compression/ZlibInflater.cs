// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.IO.Compression;

namespace L7Trace.Parsers.Compression;

/// <summary>
/// zlib streams (RFC 1950) by the BCL, checksum included. The BCL's decoder can't be begun anew: each stream costs a new
/// one, some hundred bytes; that is the price of having no decoder of our own.
/// </summary>
internal sealed class ZlibInflater : IInflater
{
    private readonly FeedStream _feed = new();
    private ZLibStream? _zlib;

    public void Begin()
    {
        Dispose();
        _zlib = new ZLibStream(_feed, CompressionMode.Decompress, leaveOpen: true);
    }

    public int Inflate(ref ReadOnlySequence<byte> input, Span<byte> output)
    {
        if (_zlib is null)
        {
            return IInflater.Malformed;
        }

        _feed.Rest = input;
        try
        {
            return _zlib.Read(output);
        }
        catch (Exception e) when (e is InvalidDataException or IOException) // the latter: it wants a preset dictionary
        {
            Dispose();
            return IInflater.Malformed;
        }
        finally
        {
            input = _feed.Rest;
            _feed.Rest = default;
        }
    }

    public void End() => Dispose();

    public void Dispose()
    {
        _zlib?.Dispose();
        _zlib = null;
    }
}
