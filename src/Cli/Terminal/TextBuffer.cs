// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;

namespace L7Trace.Cli.Terminal;

/// <summary>Collects lines and writes them in one go: whole lines reach the reader, and few calls are made.</summary>
internal sealed class TextBuffer
{
    private const int Large = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _bytes = new(Large);

    /// <summary>It is time to flush.</summary>
    public bool IsLarge => _bytes.WrittenCount >= Large;

    /// <summary>Adds text.</summary>
    public void Add(StringBuilder text)
    {
        foreach (var chunk in text.GetChunks())
        {
            Encoding.UTF8.GetBytes(chunk.Span, _bytes);
        }
    }

    /// <summary>Writes what was collected; it is forgotten even if that throws.</summary>
    public void FlushTo(Stream stream)
    {
        if (_bytes.WrittenCount == 0)
        {
            return;
        }

        try
        {
            stream.Write(_bytes.WrittenSpan);
            stream.Flush();
        }
        finally
        {
            _bytes.ResetWrittenCount();
        }
    }
}
