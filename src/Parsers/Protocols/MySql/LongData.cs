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
        var index = _pieces.FindIndex(piece => piece.Parameter == parameter);
        if (index < 0)
        {
            if (_pieces.Count >= MaxParameters)
            {
                IsUnsure = true;
                return;
            }

            index = _pieces.Count;
            _pieces.Add(new Piece(parameter, [], 0));
        }

        var piece = _pieces[index];
        var isWhole = piece.Bytes.Length == piece.Length; // behind what was cut nothing can be joined
        var count = isWhole ? Math.Clamp(limit - _kept, 0, chunk.Length) : 0;
        _kept += count;
        _pieces[index] = new Piece(
            parameter, count == 0 ? piece.Bytes : [.. piece.Bytes, .. chunk[..count]], piece.Length + length);
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

    private readonly record struct Piece(int Parameter, byte[] Bytes, long Length);
}
