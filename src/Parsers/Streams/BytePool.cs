// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Streams;

/// <summary>
/// Arrays of bytes that are used again and again within one engine, which runs on one thread: a stack of small ones and a stack of middle
/// ones, without the locks and the per-thread tables of <see cref="ArrayPool{T}.Shared"/>, which gives the large ones.
/// </summary>
internal sealed class BytePool : ArrayPool<byte>
{
    private const int Small = 1024;
    private const int Middle = 16 * 1024;
    private const int MostKept = 16; // of each size

    private readonly Stack<byte[]> _small = new(MostKept);
    private readonly Stack<byte[]> _middle = new(MostKept);

    /// <summary>An array of at least that length; what is in it is anything.</summary>
    public override byte[] Rent(int minimumLength) => minimumLength switch
    {
        <= Small => _small.TryPop(out var small) ? small : new byte[Small],
        <= Middle => _middle.TryPop(out var middle) ? middle : new byte[Middle],
        _ => Shared.Rent(minimumLength),
    };

    /// <summary>Takes back what <see cref="Rent"/> gave.</summary>
    public override void Return(byte[] array, bool clearArray = false)
    {
        if (array.Length > Middle)
        {
            Shared.Return(array, clearArray);
            return;
        }

        if (clearArray)
        {
            Array.Clear(array);
        }

        var kept = array.Length == Small ? _small : _middle;
        if (kept.Count < MostKept)
        {
            kept.Push(array);
        }
    }
}
