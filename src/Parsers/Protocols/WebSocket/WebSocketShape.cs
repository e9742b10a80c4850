// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>
/// Tells frames from other bytes where a boundary was lost, or the beginning never seen. A frame's header says little about
/// itself, so one is no proof: it takes a run of frames that begins where a call does, in which each header is one that the
/// sender may send at that place; frames that end where calls do count most. How improbable each of that is by chance is
/// counted in bits, of which <see cref="EnoughBits"/> are a proof.
/// </summary>
internal static class WebSocketShape
{
    /// <summary>What no frame of a peer that works has: seen where the handshake was not, these are no frames.</summary>
    public const WebSocketWarnings Impossible =
        WebSocketWarnings.BadMask | WebSocketWarnings.ReservedBits | WebSocketWarnings.ReservedOpcode | WebSocketWarnings.LongLength |
        WebSocketWarnings.FragmentedControl | WebSocketWarnings.LongControl;

    // 2^-40: once in a million connections with a million calls each, of bytes that are random.
    private const int EnoughBits = 40;
    private const int BitsOfHeader = 5; // 8 of the 256 values of the first byte begin a message or control frame
    private const int BitsOfMask = 1;
    private const int BitsOfEnd = 7;    // a length of 7 bits that ends where the call does
    private const int FewestFrames = 3;
    private const int LongestFrame = 4096; // more is not kept to look at

    /// <summary>As <see cref="IProtocolSession.TryResync"/>.</summary>
    public static int FindStart(StreamWindow window, bool isClient, bool mayCompress)
    {
        var bytes = window.Span;
        var at = window.CallStart == window.Offset ? 0 : Next(window, 0, bytes.Length);
        while (at < bytes.Length)
        {
            switch (AreFrames(bytes, at, isClient, mayCompress, end => window.CallEndAt(window.Offset + (ulong)end - 1) == window.Offset + (ulong)end))
            {
                case true:
                    return at;
                case null:
                    return IProtocolSession.MoreNeeded;
            }

            at = Next(window, at, bytes.Length);
        }

        return IProtocolSession.NoBoundary;
    }

    /// <summary>
    /// True when a run of frames of that side begins at <paramref name="at"/> that is none by chance, null when it may but is
    /// too short. <paramref name="isCallEnd"/> tells whether a call ends in front of one of the bytes.
    /// </summary>
    public static bool? AreFrames(ReadOnlySpan<byte> bytes, int at, bool isClient, bool mayCompress, Func<int, bool> isCallEnd)
    {
        var (bits, frames, isOpen) = (0, 0, false);
        while (at < bytes.Length)
        {
            var isBeginning = !isOpen;
            if (!MayBegin(bytes[at], mayCompress, ref isOpen))
            {
                return false;
            }

            var status = WebSocketFrame.TryRead(bytes[at..], out var frame);
            if (status == ParseStatus.NeedMoreData)
            {
                return null;
            }

            if (status == ParseStatus.InvalidData || frame.IsMasked != isClient || !frame.IsShortest ||
                (frame.IsControl && frame.Length > WebSocketFrame.MaxControl) || (frame is { Length: 0, IsControl: false, IsFinal: false }))
            {
                return false;
            }

            if (frame.Length > (ulong)(bytes.Length - at - frame.Size))
            {
                return frame.Length < LongestFrame ? null : false;
            }

            at += frame.Size + (int)frame.Length;
            frames++;
            bits += (isBeginning || frame.IsControl ? BitsOfHeader : 0) + BitsOfMask + (isCallEnd(at) ? BitsOfEnd : 0);
            if (bits >= EnoughBits && frames >= FewestFrames)
            {
                return true;
            }
        }

        return null;
    }

    private static int Next(StreamWindow window, int at, int length) =>
        (int)Math.Min((ulong)length, Math.Max(1, window.CallEndAt(window.Offset + (ulong)at) - window.Offset));

    // A message begins where none is open, and goes on or ends where one is; control frames come anywhere.
    private static bool MayBegin(byte first, bool mayCompress, ref bool isOpen)
    {
        var isFinal = (first & 0x80) != 0;
        switch ((WebSocketOpcode)(first & 15))
        {
            case WebSocketOpcode.Continuation when isOpen && (first & 0x70) == 0:
            case WebSocketOpcode.Text or WebSocketOpcode.Binary when !isOpen && (first & (mayCompress ? 0x30 : 0x70)) == 0:
                isOpen = !isFinal;
                return true;
            case WebSocketOpcode.Close or WebSocketOpcode.Ping or WebSocketOpcode.Pong:
                return isFinal && (first & 0x70) == 0;
            default:
                return false;
        }
    }
}
