// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Protocols.MySql.Compression;

/// <summary>Bytes that were inflated and are not read yet, in an array that is rented while there are any.</summary>
internal struct InnerBytes
{
    private byte[]? _array;
    private int _start;
    private int _end;

    public readonly int Count => _end - _start;

    public readonly ArraySegment<byte> Unread => _array is null ? ArraySegment<byte>.Empty : new ArraySegment<byte>(_array, _start, _end - _start);

    /// <summary>Room behind the unread bytes, <paramref name="count"/> at least; <see cref="Commit"/> takes what was written.</summary>
    public Span<byte> Room(int count)
    {
        if (_array is null || _array.Length - _end < count)
        {
            var unread = Count;
            if (_array is null || _array.Length - unread < count)
            {
                var larger = ArrayPool<byte>.Shared.Rent(Math.Max(unread + count, 2 * unread));
                _array?.AsSpan(_start, unread).CopyTo(larger);
                Release();
                _array = larger;
            }
            else
            {
                _array.AsSpan(_start, unread).CopyTo(_array);
            }

            (_start, _end) = (0, unread);
        }

        return _array.AsSpan(_end);
    }

    public void Commit(int count) => _end += count;

    public void Drop(int count)
    {
        _start += count;
        if (_start >= _end)
        {
            Release();
        }
    }

    private void Release()
    {
        if (_array is not null)
        {
            ArrayPool<byte>.Shared.Return(_array);
            _array = null;
        }

        _start = _end = 0;
    }
}
