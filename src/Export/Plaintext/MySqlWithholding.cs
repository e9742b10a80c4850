// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Plaintext;

/// <summary>
/// Withholds what a MySQL client sends to log in: inside of TLS caching_sha2_password and mysql_clear_password send the
/// password itself. Commands begin with packet number 0 and are shown, but for COM_CHANGE_USER; every packet with
/// another number that does not go on from a command is withheld, and what follows missing bytes up to a packet that begins a call.
/// </summary>
internal sealed class MySqlWithholding
{
    private const int HeadSize = 4;
    private const byte ChangeUser = 0x11;
    private const int MaxPayload = 0xffffff;

    private readonly byte[] _head = new byte[HeadSize];
    private int _headLength;
    private long _left;
    private bool _isWithheld;
    private bool _isLost;
    private bool _isFirst;
    private bool _goesOn; // the packet before had the greatest length

    /// <summary>True when packets were read.</summary>
    internal bool IsBegun { get; private set; }

    /// <summary>True when these bytes, a call's, are a whole answer to a server's greeting (HandshakeResponse41).</summary>
    internal static bool IsLogin(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 36 && LengthOf(bytes) == bytes.Length - HeadSize && bytes[3] is 1 or 2 or 3
        && (bytes[5] & 0x02) != 0 && bytes[13..32].IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Shows what may be shown of the bytes that follow.</summary>
    internal void Accept(ReadOnlySpan<byte> bytes, bool isAfterGap, PlaintextParts parts)
    {
        IsBegun = true;
        if (isAfterGap || _isLost)
        {
            // A call mostly begins with a packet: believed when it is one, whole and a command.
            (_headLength, _left, _goesOn) = (0, 0, false);
            _isLost = !(bytes.Length > HeadSize && bytes[3] == 0 && LengthOf(bytes) == bytes.Length - HeadSize);
        }

        if (_isLost)
        {
            parts.Withhold("packets of which some are missing", bytes.Length);
            return;
        }

        while (!bytes.IsEmpty)
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

                // The first byte of the payload says what it is; it may come with the next call.
                _headLength = 0;
                _left = LengthOf(_head);
                _isWithheld = _goesOn ? _isWithheld : _head[3] != 0;
                _isFirst = !_goesOn;
                _goesOn = _left == MaxPayload;
                if (!_isWithheld)
                {
                    parts.Show(_head);
                }

                continue;
            }

            var payload = bytes[..(int)Math.Min(_left, bytes.Length)];
            _isWithheld |= _isFirst && payload[0] == ChangeUser;
            _isFirst = false;
            _left -= payload.Length;
            bytes = bytes[payload.Length..];
            if (_isWithheld)
            {
                parts.Withhold("a packet of the login", payload.Length);
            }
            else
            {
                parts.Show(payload);
            }
        }
    }

    private static int LengthOf(ReadOnlySpan<byte> head) => head[0] | (head[1] << 8) | (head[2] << 16);
}
