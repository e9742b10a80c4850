// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Streams;

/// <summary>
/// The unread bytes of one direction, in one piece, in an array of the pool (null: the process's) that is rented while there
/// are any: an idle connection holds none. Each byte is copied in once; what is unread moves only when at least as much was read
/// in front of it.
/// </summary>
internal struct StreamBuffer(ArrayPool<byte>? pool)
{
    private byte[]? _array;
    private int _start;
    private int _end;

    private readonly ArrayPool<byte> Pool => pool ?? ArrayPool<byte>.Shared;

    /// <summary>Unread bytes; valid until the next call that changes them.</summary>
    public readonly ArraySegment<byte> Unread => _array is null ? ArraySegment<byte>.Empty : new ArraySegment<byte>(_array, _start, _end - _start);

    /// <summary>Adds bytes behind the unread ones.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_array is null || bytes.Length > _array.Length - _end)
        {
            MakeRoom(bytes.Length);
        }

        bytes.CopyTo(_array.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Drops bytes from the front.</summary>
    public void Drop(int count)
    {
        _start += count;
        if (_start == _end)
        {
            Clear();
        }
    }

    /// <summary>Drops all of them.</summary>
    public void Clear()
    {
        if (_array is not null)
        {
            Pool.Return(_array);
            _array = null;
        }

        _start = _end = 0;
    }

    private void MakeRoom(int count)
    {
        var unread = _end - _start;
        if (_array is not null && _start >= unread && count <= _array.Length - unread)
        {
            _array.AsSpan(_start, unread).CopyTo(_array);
        }
        else
        {
            var wanted = checked(unread + count);
            var larger = Pool.Rent(_array is null ? wanted : Math.Max(wanted, (int)Math.Min(unread * 2L, Array.MaxLength)));
            if (_array is not null)
            {
                _array.AsSpan(_start, unread).CopyTo(larger);
                Pool.Return(_array);
            }

            _array = larger;
        }

        _start = 0;
        _end = unread;
    }
}
