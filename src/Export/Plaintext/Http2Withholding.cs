// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Export.Plaintext;

/// <summary>
/// Tells the frames of HTTP/2 (RFC 9113 section 4.1) apart: each one's head becomes a remark, and header blocks, whose
/// values are packed, are withheld as a whole. When bytes are missing outside of a frame whose end is known, what
/// follows is withheld, because a header block could be in it.
/// </summary>
internal sealed class Http2Withholding
{
    private const int HeadSize = 9;
    private const int MaxFrame = 16 * 1024 * 1024;

    private static readonly string[] s_names =
        ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE", "CONTINUATION"];

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    private readonly byte[] _head = new byte[HeadSize];
    private int _headLength;
    private long _left; // of a frame's payload
    private byte _type;
    private bool _isLost;

    /// <summary>True when frames were read.</summary>
    internal bool IsBegun { get; private set; }

    /// <summary>True when these bytes begin a connection's HTTP/2 in one of its directions.</summary>
    internal static bool Begins(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Preface);

    /// <summary>Shows what may be shown of the bytes that follow.</summary>
    /// <param name="bytes">They.</param>
    /// <param name="missing">Bytes that are missing in front of them; null when that is not known.</param>
    /// <param name="showsSecrets">Header blocks are shown.</param>
    /// <param name="parts">Takes it.</param>
    internal void Accept(ReadOnlySpan<byte> bytes, ulong? missing, bool showsSecrets, PlaintextParts parts)
    {
        IsBegun = true;
        if (missing is null || (missing > 0 && (_headLength > 0 || missing > (ulong)_left)))
        {
            _isLost = true;
        }
        else
        {
            _left -= (long)missing;
        }

        if (Begins(bytes))
        {
            _isLost = false;
            (_headLength, _left) = (0, 0);
            parts.Remark("the client's preface of HTTP/2");
            bytes = bytes[Preface.Length..];
        }

        while (!bytes.IsEmpty && !_isLost)
        {
            if (_left == 0)
            {
                var taken = Math.Min(HeadSize - _headLength, bytes.Length);
                bytes[..taken].CopyTo(_head.AsSpan(_headLength));
                _headLength += taken;
                bytes = bytes[taken..];
                if (_headLength < HeadSize)
                {
                    return;
                }

                _headLength = 0;
                BeginFrame(showsSecrets, parts);
                continue;
            }

            var payload = bytes[..(int)Math.Min(_left, bytes.Length)];
            _left -= payload.Length;
            bytes = bytes[payload.Length..];
            if (showsSecrets || _type == 0)
            {
                parts.Show(payload);
            }
            else if (IsHeaderBlock(_type))
            {
                parts.Replaced(payload.Length);
            }
        }

        if (_isLost && !bytes.IsEmpty)
        {
            if (showsSecrets)
            {
                parts.Show(bytes);
            }
            else
            {
                parts.Withhold("frames of which some are missing", bytes.Length);
            }
        }
    }

    private static bool IsHeaderBlock(byte type) => type is 1 or 5 or 9;

    private void BeginFrame(bool showsSecrets, PlaintextParts parts)
    {
        _left = (_head[0] << 16) | (_head[1] << 8) | _head[2];
        _type = _head[3];
        var stream = ((_head[5] & 0x7f) << 24) | (_head[6] << 16) | (_head[7] << 8) | _head[8];
        if (_left > MaxFrame || (_head[5] & 0x80) != 0)
        {
            _isLost = true; // no frame: the capture began in the middle of one
            return;
        }

        var name = _type < s_names.Length ? s_names[_type] : string.Create(CultureInfo.InvariantCulture, $"type {_type}");
        var withheld = !showsSecrets && IsHeaderBlock(_type) ? _left : 0;
        parts.Remark(string.Create(
            CultureInfo.InvariantCulture, $"{name}, stream {stream}, {_left:#,0} bytes{(withheld > 0 ? " withheld" : "")}"), withheld);
    }
}
