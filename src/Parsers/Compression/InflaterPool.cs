// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Compression;

/// <summary>
/// The inflaters of one engine. Each is lent while a unit is being read, so that connections at rest hold none. Not
/// thread-safe.
/// </summary>
public sealed class InflaterPool(Inflaters makers)
{
    private const int MaxIdle = 4;

    private readonly Stack<IInflater> _zlib = new();
    private readonly Stack<IInflater> _zstd = new();
    private int _decoders; // lent: each has a window of its own

    /// <summary>One that begins a unit of this algorithm; null when there is none for it.</summary>
    public IInflater? Rent(CompressionAlgorithm algorithm)
    {
        var maker = algorithm == CompressionAlgorithm.Zstd ? makers.Zstd : makers.Zlib;
        var inflater = Idle(algorithm).TryPop(out var idle) ? idle : maker?.Invoke();
        inflater?.Begin();
        return inflater;
    }

    /// <summary>Gives one back. <paramref name="isWhole"/>: its unit was read to its end.</summary>
    public void Return(CompressionAlgorithm algorithm, IInflater inflater, bool isWhole)
    {
        ArgumentNullException.ThrowIfNull(inflater);
        var idle = Idle(algorithm);
        if (isWhole && idle.Count < MaxIdle)
        {
            inflater.End();
            idle.Push(inflater);
        }
        else
        {
            inflater.Dispose();
        }
    }

    /// <summary>One for DEFLATE data without end; null when <paramref name="most"/> are lent.</summary>
    internal DeflateDecoder? RentDecoder(int windowBits, int most)
    {
        if (_decoders >= most)
        {
            return null;
        }

        _decoders++;
        return new DeflateDecoder(windowBits);
    }

    /// <summary>Gives one back.</summary>
    internal void Return(DeflateDecoder decoder)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        _decoders--;
    }

    private Stack<IInflater> Idle(CompressionAlgorithm algorithm) =>
        algorithm == CompressionAlgorithm.Zstd ? _zstd : _zlib;
}
