// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Probe.Captures.Tcp;

/// <summary>A copy of bytes that came ahead of missing ones. Pieces of one direction never overlap.</summary>
internal readonly struct HeldPiece
{
    private readonly byte[] _bytes;
    private readonly int _captured;

    public HeldPiece(ulong offset, uint length, ReadOnlySpan<byte> captured, long time)
    {
        Offset = offset;
        Length = length;
        Time = time;
        _captured = captured.Length;
        _bytes = _captured == 0 ? [] : ArrayPool<byte>.Shared.Rent(_captured);
        captured.CopyTo(_bytes);
    }

    public ulong Offset { get; }

    public uint Length { get; }

    public long Time { get; }

    public ulong End => Offset + Length;

    public ReadOnlySpan<byte> Captured => _bytes.AsSpan(0, _captured);

    public int Cost => _captured + 64;

    public void Return()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
