// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Compression;

/// <summary>
/// Decompresses units that are complete in themselves (a zlib stream, a zstd frame), one after the other, each in as
/// many pieces as its bytes come in. Never throws on input. Not thread-safe.
/// </summary>
public interface IInflater : IDisposable
{
    /// <summary>What <see cref="Inflate"/> returns for bytes that are not of this format.</summary>
    const int Malformed = -1;

    /// <summary>A new unit begins; what is left of the one before is forgotten.</summary>
    void Begin();

    /// <summary>
    /// Takes what it wants from the front of <paramref name="input"/>, writes to <paramref name="output"/> (which is not
    /// empty) and returns the number of bytes written. 0: all input was taken and gave nothing more.
    /// <see cref="Malformed"/>: the unit is broken.
    /// </summary>
    int Inflate(ref ReadOnlySequence<byte> input, Span<byte> output);

    /// <summary>The unit was read to its end: what it needed alone can go.</summary>
    void End();
}
