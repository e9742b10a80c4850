// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Protocols.MySqlX;

/// <summary>
/// The messages with which a connection of the X Protocol begins, each read to its end by its protobuf shape. Nothing of
/// them is kept: authentication data may be a password.
/// </summary>
internal static class MySqlXFrame
{
    // Mysqlx.ClientMessages.Type
    private const byte CapabilitiesGet = 1;
    private const byte CapabilitiesSet = 2;
    private const byte AuthenticateStart = 4;

    // Mysqlx.ServerMessages.Type
    private const byte Error = 1;
    private const byte Capabilities = 2;
    private const byte Notice = 11;

    // Tags of protobuf: the field's number, and how its value is written.
    private const byte Varint1 = 0x08;
    private const byte Varint2 = 0x10;
    private const byte Bytes1 = 0x0a;
    private const byte Bytes2 = 0x12;
    private const byte Bytes3 = 0x1a;
    private const byte Bytes4 = 0x22;

    private const ulong MaxNoticeType = 5;
    private const int MaxName = 64;

    private static readonly SearchValues<byte> s_nameLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._"u8);
    private static readonly SearchValues<byte> s_mechanismLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"u8);

    /// <summary>Whether a first message may have this type and length.</summary>
    public static bool MayBeFirst(byte type, int length, bool? fromClient) =>
        (fromClient != true && type is Error or Capabilities or Notice && length >= 4) ||
        (fromClient != false && (type is CapabilitiesSet or AuthenticateStart ? length >= 4 : type == CapabilitiesGet && length == 0));

    /// <summary>CapabilitiesGet: a message without a body, which says too little by itself.</summary>
    public static bool IsAsking(byte type, ReadOnlySpan<byte> message) => type == CapabilitiesGet && message.IsEmpty;

    /// <summary>CapabilitiesSet or AuthenticateStart.</summary>
    public static bool IsFromClient(byte type, ReadOnlySpan<byte> message) => type switch
    {
        CapabilitiesSet => TryTake(ref message, Bytes1, out var capabilities) && message.IsEmpty && AreCapabilities(capabilities),
        AuthenticateStart => TryTake(ref message, Bytes1, out var mechanism) && IsMechanism(mechanism) &&
            TrySkip(ref message, Bytes2) && TrySkip(ref message, Bytes3) && message.IsEmpty,
        _ => false,
    };

    /// <summary>A notice, the capabilities that the client asked for, or a refusal.</summary>
    public static bool IsFromServer(byte type, ReadOnlySpan<byte> message) => type switch
    {
        Notice => TryTakeNumber(ref message, Varint1, out var kind) && kind is >= 1 and <= MaxNoticeType &&
            (!message.StartsWith([Varint2]) || (TryTakeNumber(ref message, Varint2, out var scope) && scope is 1 or 2)) &&
            TrySkip(ref message, Bytes3) && message.IsEmpty,
        Capabilities => AreCapabilities(message),
        Error => IsError(message),
        _ => false,
    };

    // Severity (may lack), code, SQLSTATE and message; the library writes fields by their numbers, 3 in front of 4.
    private static bool IsError(ReadOnlySpan<byte> message) =>
        (!message.StartsWith([Varint1]) || (TryTakeNumber(ref message, Varint1, out var severity) && severity is 0 or 1)) &&
        TryTakeNumber(ref message, Varint2, out var code) && code is >= 1000 and < 20_000 &&
        TryTake(ref message, Bytes3, out _) && TryTake(ref message, Bytes4, out var state) && state.Length == 5 && message.IsEmpty;

    // One or more of: a name in lower case, and a value.
    private static bool AreCapabilities(ReadOnlySpan<byte> message)
    {
        var count = 0;
        while (TryTake(ref message, Bytes1, out var capability))
        {
            if (!TryTake(ref capability, Bytes1, out var name) || !IsName(name) ||
                !TryTake(ref capability, Bytes2, out _) || !capability.IsEmpty)
            {
                return false;
            }

            count++;
        }

        return count > 0 && message.IsEmpty;
    }

    private static bool IsName(ReadOnlySpan<byte> name) =>
        name.Length is > 1 and <= MaxName && name.IndexOfAnyExcept(s_nameLetters) < 0;

    private static bool IsMechanism(ReadOnlySpan<byte> name) =>
        name.Length is > 3 and <= MaxName && name.IndexOfAnyExcept(s_mechanismLetters) < 0;

    // A field that may lack.
    private static bool TrySkip(ref ReadOnlySpan<byte> message, byte tag) =>
        !message.StartsWith([tag]) || TryTake(ref message, tag, out _);

    private static bool TryTake(ref ReadOnlySpan<byte> message, byte tag, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!TryTakeNumber(ref message, tag, out var length) || length > (ulong)message.Length)
        {
            return false;
        }

        value = message[..(int)length];
        message = message[(int)length..];
        return true;
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<byte> message, byte tag, out ulong value)
    {
        value = 0;
        if (message.IsEmpty || message[0] != tag)
        {
            return false;
        }

        message = message[1..];
        for (var shift = 0; shift < 35 && !message.IsEmpty; shift += 7)
        {
            var b = message[0];
            message = message[1..];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
