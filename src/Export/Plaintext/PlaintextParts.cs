// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Globalization;
using System.Text;

namespace L7Trace.Export.Plaintext;

/// <summary>Gathers what is shown of one call: neighbouring bytes become one piece.</summary>
internal sealed class PlaintextParts
{
    private readonly List<PlaintextPart> _parts = [];
    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    /// <summary>Bytes withheld so far.</summary>
    internal long Withheld { get; private set; }

    internal void Show(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    internal void Show(string text)
    {
        // Latin-1: the bytes of a head are shown as they are, whatever their charset.
        Encoding.Latin1.GetBytes(text, _bytes);
    }

    /// <summary>Bytes are left out, and it is said.</summary>
    internal void Withhold(string what, long count)
    {
        if (count > 0)
        {
            Withheld += count;
            Remark(string.Create(CultureInfo.InvariantCulture, $"{what}: {count:#,0} bytes withheld"), count);
        }
    }

    /// <summary>Bytes were replaced by a mark that was shown.</summary>
    internal void Replaced(long count) => Withheld += Math.Max(0, count);

    internal void Remark(string text, long withheld = 0)
    {
        Flush();
        _parts.Add(new PlaintextPart(default, text, withheld));
    }

    /// <summary>All of it; the next call begins with nothing.</summary>
    internal IReadOnlyList<PlaintextPart> Take()
    {
        Flush();
        PlaintextPart[] result = [.. _parts];
        _parts.Clear();
        Withheld = 0;
        return result;
    }

    private void Flush()
    {
        if (_bytes.WrittenCount > 0)
        {
            _parts.Add(new PlaintextPart(_bytes.WrittenSpan.ToArray(), null, 0));
            _bytes.Clear();
        }
    }
}
