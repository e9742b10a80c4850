// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>Frame types (RFC 9113, section 6, and IANA's registry).</summary>
internal enum Http2FrameType : byte
{
    Data = 0,
    Headers = 1,
    Priority = 2,
    RstStream = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
    AltSvc = 0xa,          // RFC 7838
    Origin = 0xc,          // RFC 8336
    PriorityUpdate = 0x10, // RFC 9218
}

/// <summary>Frame flags (RFC 9113, section 6). What a bit means depends on the type.</summary>
[Flags]
internal enum Http2FrameFlags : byte
{
    None = 0,
    EndStream = 1,   // DATA, HEADERS
    Ack = EndStream, // SETTINGS, PING
    EndHeaders = 4,
    Padded = 8,
    Priority = 0x20,
}
