// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// What COM_STMT_SEND_LONG_DATA has sent for the parameters of one statement: the chunks of each joined, their
/// beginning kept, the rest counted. It is the value at the next execution, and gone behind it.
/// </summary>
internal sealed class LongData
{
    private const int MaxParameters = 64;

    private readonly List<Piece> _pieces = [];
    private int _kept;

    /// <summary>True when some parameter got so many chunks that it is not known which ones did.</summary>
    public bool IsUnsure { get; private set; }

    /// <summary>Adds a chunk of <paramref name="length"/> bytes, of which <paramref name="chunk"/> is the beginning.</summary>
    public void Append(int parameter, ReadOnlySpan<byte> chunk, long length, int limit)
    {
        var piece = _pieces.Find(piece => piece.Parameter == parameter);
        if (piece is null)
        {
            if (_pieces.Count >= MaxParameters)
            {
                IsUnsure = true;
                return;
            }

            piece = new Piece(parameter);
            _pieces.Add(piece);
        }

        _kept += piece.Append(chunk, length, limit - _kept);
    }

    /// <summary>True when the parameter's value was sent so; then it is not in the execution.</summary>
    public bool TryGet(int parameter, out ReadOnlyMemory<byte> bytes, out long length)
    {
        foreach (var piece in _pieces)
        {
            if (piece.Parameter == parameter)
            {
                (bytes, length) = (piece.Bytes, piece.Length);
                return true;
            }
        }

        (bytes, length) = (default, 0);
        return false;
    }

    private sealed class Piece(int parameter)
    {
        private byte[] _bytes = [];
        private int _count;

        public int Parameter { get; } = parameter;

        public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _count);

        public long Length { get; private set; }

        /// <summary>Takes as much of the chunk as there is room for; behind what was cut nothing can be joined.</summary>
        public int Append(ReadOnlySpan<byte> chunk, long length, int room)
        {
            var count = _count == Length ? Math.Clamp(room, 0, chunk.Length) : 0;
            if (_count + count > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(_count + count, 2 * _bytes.Length)); // many small chunks stay cheap
            }

            chunk[..count].CopyTo(_bytes.AsSpan(_count));
            _count += count;
            Length += length;
            return count;
        }
    }
}
