// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Events;

/// <summary>
/// Turns the bytes of a ring's record into a typed event. Length, type and every value that is used as an index, a
/// length or an enum are checked; what doesn't hold is counted and dropped. Never throws on input.
/// </summary>
internal sealed class EventDecoder
{
    /// <summary>More than a system call can move (MAX_RW_COUNT is below 2 GiB).</summary>
    private const ulong MaxByteCount = int.MaxValue;

    private const L7DataFlags AllFlags =
        L7DataFlags.OffsetUnproven | L7DataFlags.EndOfStream | L7DataFlags.LengthOnly | L7DataFlags.Fault |
        L7DataFlags.WritePending;

    private ulong _undecodable;

    /// <summary>Records that could not be decoded. May be read by any thread.</summary>
    internal ulong Undecodable => Volatile.Read(ref _undecodable);

    /// <summary>The type of a record, <see cref="L7EventType.None"/> for one that is too short to have any.</summary>
    internal static L7EventType TypeOf(ReadOnlySpan<byte> record) =>
        MemoryMarshal.TryRead<L7EventHeader>(record, out var header) ? header.Type : L7EventType.None;

    /// <summary>Counts a record that nobody can use.</summary>
    internal void CountUndecodable() => Volatile.Write(ref _undecodable, _undecodable + 1);

    /// <summary>Decodes a struct l7_open_event.</summary>
    internal bool TryDecodeOpen(ReadOnlySpan<byte> record, out L7OpenEvent value)
    {
        if (TryReadFixed(record, L7EventType.Open, out value, out var header) && Fits<L7OpenEvent>(header)
            && value.ConnectionId != 0
            && value.Role <= L7Role.Server
            && value.RoleEvidence <= L7RoleEvidence.UnixPath
            && value.UnixPathLen <= UnixPathLength
            && value.Family is AddressFamilies.Unix or AddressFamilies.Inet or AddressFamilies.Inet6)
        {
            return true;
        }

        CountUndecodable();
        return false;
    }

    /// <summary>Decodes a struct l7_close_event.</summary>
    internal bool TryDecodeClose(ReadOnlySpan<byte> record, out L7CloseEvent value)
    {
        if (TryReadFixed(record, L7EventType.Close, out value, out var header) && Fits<L7CloseEvent>(header)
            && value.ConnectionId != 0)
        {
            return true;
        }

        CountUndecodable();
        return false;
    }

    /// <summary>Decodes a struct l7_process_event.</summary>
    internal bool TryDecodeProcess(ReadOnlySpan<byte> record, out L7ProcessEvent value)
    {
        if (TryReadFixed(record, L7EventType.Process, out value, out var header) && Fits<L7ProcessEvent>(header)
            && value.Tgid != 0
            && value.Change is L7ProcessChange.Fork or L7ProcessChange.Exec or L7ProcessChange.Exit or L7ProcessChange.Map)
        {
            return true;
        }

        CountUndecodable();
        return false;
    }

    /// <summary>Decodes a struct l7_tls_event.</summary>
    internal bool TryDecodeTls(ReadOnlySpan<byte> record, out L7TlsEvent value)
    {
        if (TryReadFixed(record, L7EventType.Tls, out value, out var header) && Fits<L7TlsEvent>(header)
            && value.TlsId != 0
            && value.Tgid != 0
            && value.Change is L7TlsChange.Open or L7TlsChange.Bound or L7TlsChange.Close
            && value.Proof is L7TlsProof.Unknown or L7TlsProof.Socket or L7TlsProof.NestedCall or L7TlsProof.CiphertextMatch
            && value.Source is L7Source.Openssl or L7Source.Gnutls or L7Source.GoTls or L7Source.Ktls or L7Source.Nss
            && (value.Change != L7TlsChange.Bound || (value.ConnectionId != 0 && value.Proof != L7TlsProof.Unknown)))
        {
            return true;
        }

        CountUndecodable();
        return false;
    }

    /// <summary>Decodes a struct l7_secret_event.</summary>
    internal bool TryDecodeSecret(ReadOnlySpan<byte> record, out L7SecretEvent value)
    {
        if (TryReadFixed(record, L7EventType.Secret, out value, out var header) && Fits<L7SecretEvent>(header)
            && value.Tgid != 0
            && value.Length is 32 or 48)
        {
            return true;
        }

        CountUndecodable();
        return false;
    }

    /// <summary>Decodes a struct l7_data_event and the payload behind it.</summary>
    internal bool TryDecodeData(ReadOnlySpan<byte> record, out DataRecord value)
    {
        value = default;
        if (TryReadFixed(record, L7EventType.Data, out value.Event, out var header)
            && Fits<L7DataEvent>(header)
            && TrySplitPayload(record[Unsafe.SizeOf<L7DataEvent>()..(int)header.Size], ref value)
            && IsPlausible(value.Event))
        {
            return true;
        }

        value = default;
        CountUndecodable();
        return false;
    }

    private static bool TryReadFixed<T>(
        ReadOnlySpan<byte> record, L7EventType type, out T value, out L7EventHeader header)
        where T : unmanaged
    {
        header = default;
        return MemoryMarshal.TryRead(record, out value)
            && MemoryMarshal.TryRead(record, out header)
            && header.Type == type
            && header.Size <= record.Length;
    }

    private static bool Fits<T>(L7EventHeader header)
        where T : unmanaged => header.Size >= Unsafe.SizeOf<T>();

    private static bool TrySplitPayload(ReadOnlySpan<byte> payload, ref DataRecord value)
    {
        var captured = (ulong)value.Event.Captured;
        var tail = (ulong)value.Event.Tail;
        if (captured + tail > (ulong)payload.Length || captured + tail > value.Event.ByteCount)
        {
            return false;
        }

        value.Head = payload[..(int)captured];
        value.Tail = payload.Slice((int)captured, (int)tail);
        return true;
    }

    private static bool IsPlausible(in L7DataEvent value) =>
        value.ConnectionId != 0
        && (value.Header.Flags & ~AllFlags) == 0
        && value.ByteCount <= MaxByteCount
        && value.StreamOffset <= ulong.MaxValue - value.ByteCount
        && value.Direction <= L7Direction.Ingress
        && value.Source <= L7Source.Nss
        && value.Protocol <= L7Protocol.Other;
}
