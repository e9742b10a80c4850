// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Runtime.CompilerServices;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>Bytes kept of a message in an array of the pool (null: the process's) that grows up to a cap. Must be released.</summary>
internal struct KeptBytes(ArrayPool<byte>? pool)
{
    private byte[]? _array;

    private readonly ArrayPool<byte> Pool => pool ?? ArrayPool<byte>.Shared;

    /// <summary>Bytes kept.</summary>
    public int Length { get; private set; }

    /// <summary>What is kept.</summary>
    public readonly ReadOnlySpan<byte> Span => _array.AsSpan(0, Length);

    /// <summary>Appends all of <paramref name="bytes"/>, or nothing and false when that would pass the cap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAppend(ReadOnlySpan<byte> bytes, int cap)
    {
        if (bytes.Length > cap - Length)
        {
            return false;
        }

        if (bytes.Length > 0)
        {
            Ensure(Length + bytes.Length, cap);
            bytes.CopyTo(_array.AsSpan(Length));
            Length += bytes.Length;
        }

        return true;
    }

    /// <summary>Appends as much of <paramref name="bytes"/> as the cap allows.</summary>
    public void AppendPrefix(ReadOnlySpan<byte> bytes, int cap) =>
        TryAppend(bytes[..Math.Clamp(cap - Length, 0, bytes.Length)], cap);

    /// <summary>Forgets what lies behind <paramref name="length"/>.</summary>
    public void CutTo(int length) => Length = length;

    /// <summary>Gives the array back.</summary>
    public void Release()
    {
        if (_array is not null)
        {
            Pool.Return(_array);
            _array = null;
        }

        Length = 0;
    }

    private void Ensure(int needed, int cap)
    {
        if (_array is not null && _array.Length >= needed)
        {
            return;
        }

        var larger = Pool.Rent(Math.Min(Math.Max(needed, Math.Max(512, Length * 2)), Math.Max(cap, needed)));
        Span.CopyTo(larger);
        if (_array is not null)
        {
            Pool.Return(_array);
        }

        _array = larger;
    }
}
