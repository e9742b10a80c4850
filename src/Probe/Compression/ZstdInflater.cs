// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Compression;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace L7Trace.Probe.Compression;

/// <summary>
/// zstd frames (RFC 8878) by ZstdSharp. A frame that asks for a larger window than 16 MiB is refused: no unit that is
/// read here is longer, and the window is memory.
/// </summary>
public sealed class ZstdInflater : IInflater
{
    private const int MaxWindowLog = 24;

    private readonly FeedStream _feed = new();
    private DecompressionStream? _zstd;
    private bool _isBetweenFrames; // the decoder begins the next frame by itself

    /// <inheritdoc/>
    public void Begin()
    {
        if (_isBetweenFrames)
        {
            _isBetweenFrames = false;
            return;
        }

        Dispose();
        var decompressor = new Decompressor();
        decompressor.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, MaxWindowLog);
        _zstd = new DecompressionStream(_feed, decompressor, checkEndOfStream: false, preserveDecompressor: false, leaveOpen: true);
    }

    /// <inheritdoc/>
    public int Inflate(ref ReadOnlySequence<byte> input, Span<byte> output)
    {
        if (_zstd is null)
        {
            return IInflater.Malformed;
        }

        _feed.Rest = input;
        try
        {
            return _zstd.Read(output);
        }
        catch (ZstdException)
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

    /// <inheritdoc/>
    public void End() => _isBetweenFrames = _zstd is not null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _isBetweenFrames = false;
        _zstd?.Dispose();
        _zstd = null;
    }
}
