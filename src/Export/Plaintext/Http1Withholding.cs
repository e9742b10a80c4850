// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Export.Plaintext;

/// <summary>
/// Withholds values in the heads of HTTP/1 messages (RFC 9112), as the other outputs do: of a header what
/// <see cref="HeaderRedaction"/> leaves, of a target no values. A line of a head that a call cuts waits for its rest. In what is no
/// head, lines that begin as a header with credentials are withheld too: they are what is left of a head when bytes are lost.
/// </summary>
internal sealed class Http1Withholding
{
    private const int LongestLine = 16 * 1024;

    private static readonly HashSet<string> s_credentials = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "WWW-Authenticate", "Proxy-Authenticate", "X-Api-Key",
        "X-Auth-Token", "X-Csrf-Token", "X-Amz-Security-Token",
    };

    private byte[] _carried = [];
    private bool _isInHead;
    private bool _isSwallowing;

    /// <summary>Shows what may be shown of the bytes that follow.</summary>
    /// <param name="bytes">They.</param>
    /// <param name="isAfterGap">Bytes in front of them are missing.</param>
    /// <param name="isHttp">The connection is known to speak HTTP/1.</param>
    /// <param name="parts">Takes it.</param>
    internal void Accept(ReadOnlySpan<byte> bytes, bool isAfterGap, bool isHttp, PlaintextParts parts)
    {
        if (isAfterGap)
        {
            parts.Withhold("the beginning of a line", _carried.Length);
            _carried = [];
            // The missing bytes may have ended in the middle of a header.
            _isSwallowing = _isInHead || isHttp;
        }

        if (_carried.Length > 0)
        {
            bytes = (byte[])[.. _carried, .. bytes];
            _carried = [];
        }

        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n') + 1;
            if (_isSwallowing)
            {
                var swallowed = end == 0 ? bytes.Length : end;
                parts.Withhold("a line whose beginning is missing", swallowed);
                _isSwallowing = end == 0;
                bytes = bytes[swallowed..];
            }
            else if (end == 0)
            {
                TakeRest(bytes, parts);
                return;
            }
            else
            {
                TakeLine(bytes[..end], parts);
                bytes = bytes[end..];
            }
        }
    }

    private void TakeRest(ReadOnlySpan<byte> rest, PlaintextParts parts)
    {
        if (!_isInHead && !MayBeginHead(rest))
        {
            parts.Show(rest);
        }
        else if (rest.Length <= LongestLine)
        {
            _carried = rest.ToArray();
        }
        else
        {
            parts.Withhold("a long line of a head", rest.Length);
            _isSwallowing = _isInHead = true;
        }
    }

    private void TakeLine(ReadOnlySpan<byte> line, PlaintextParts parts)
    {
        var content = line.TrimEnd("\r\n"u8);
        if (_isInHead)
        {
            if (content.IsEmpty)
            {
                _isInHead = false;
                parts.Show(line);
            }
            else
            {
                ShowHeader(content, line[content.Length..], parts);
            }

            return;
        }

        if (TargetOf(content) is { } target)
        {
            _isInHead = true;
            var text = Encoding.Latin1.GetString(content[target]);
            var shown = UrlRedaction.Of(text);
            parts.Show(content[..target.Start]);
            parts.Show(shown);
            parts.Show(line[target.End.Value..]);
            parts.Replaced(text.Length - shown.Length);
        }
        else if (IsStatusLine(content))
        {
            _isInHead = true;
            parts.Show(line);
        }
        else if (content.IndexOf((byte)':') is var colon and > 0 and < 32
            && s_credentials.Contains(Encoding.Latin1.GetString(content[..colon]).Trim()))
        {
            ShowHeader(content, line[content.Length..], parts);
        }
        else
        {
            parts.Show(line);
        }
    }

    private static void ShowHeader(ReadOnlySpan<byte> line, ReadOnlySpan<byte> end, PlaintextParts parts)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0 || line[0] is (byte)' ' or (byte)'\t')
        {
            // What goes on from the line before, or is no header: nobody knows what it is.
            parts.Show("?");
            parts.Show(end);
            parts.Replaced(line.Length);
            return;
        }

        var name = Encoding.Latin1.GetString(line[..colon]);
        var value = Encoding.Latin1.GetString(line[(colon + 1)..]).Trim();
        var shown = HeaderRedaction.ValueOf(name.Trim(), value);
        if (shown == value)
        {
            parts.Show(line);
        }
        else
        {
            parts.Show(name + ": " + shown);
            parts.Replaced(value.Length - shown.Length + 1);
        }

        parts.Show(end);
    }

    // "GET /path HTTP/1.1", also behind the rest of a body that has no line end.
    private static Range? TargetOf(ReadOnlySpan<byte> line)
    {
        if (line.Length < 12 || line[^9] != ' ' || !line[^8..].StartsWith("HTTP/1."u8))
        {
            return null;
        }

        // Without a method it went with the call before.
        var end = line.Length - 9;
        var method = line[..end].IndexOf((byte)' ');
        return (method + 1)..end;
    }

    private static bool IsStatusLine(ReadOnlySpan<byte> line)
    {
        var at = line.IndexOf("HTTP/1."u8);
        return at >= 0 && line.Length >= at + 12 && line[at + 8] == ' ' && char.IsAsciiDigit((char)line[at + 9])
            && char.IsAsciiDigit((char)line[at + 10]) && char.IsAsciiDigit((char)line[at + 11]);
    }

    // A word of capital letters and a blank, or the beginning of a status line.
    private static bool MayBeginHead(ReadOnlySpan<byte> rest)
    {
        var blank = rest.IndexOf((byte)' ');
        var word = blank < 0 ? rest : rest[..blank];
        return word.StartsWith("HTTP/1."u8)
            || (word.Length is > 0 and < 24 && blank > 0 && rest.Length > blank + 1
                && rest[blank + 1] is (byte)'/' or (byte)'*' or (byte)'h'
                && word.IndexOfAnyExceptInRange((byte)'A', (byte)'Z') < 0);
    }
}
