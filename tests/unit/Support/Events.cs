// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.UnitTests.Support;

/// <summary>Records as the kernel side writes them.</summary>
internal static class Events
{
    public static L7OpenEvent Open(ulong id) => new()
    {
        Header = Header<L7OpenEvent>(L7EventType.Open),
        ConnectionId = id,
        TimeNs = 1_000,
        Tgid = 77,
        Tid = 78,
        Family = 2,
        LocalPort = 40_000,
        RemotePort = 3306,
    };

    public static L7CloseEvent Close(ulong id) => new()
    {
        Header = Header<L7CloseEvent>(L7EventType.Close),
        ConnectionId = id,
        TimeNs = 2_000,
    };

    public static L7ProcessEvent Process(uint tgid, L7ProcessChange change) => new()
    {
        Header = Header<L7ProcessEvent>(L7EventType.Process),
        Tgid = tgid,
        Change = change,
        TimeNs = 3_000,
    };

    public static L7TlsEvent Tls(ulong id, L7TlsChange change, ulong connection = 9, bool fromStart = true, ulong time = 4_000) => new()
    {
        Header = Header<L7TlsEvent>(L7EventType.Tls),
        TlsId = id,
        ConnectionId = change == L7TlsChange.Open ? 0 : connection,
        Proof = change == L7TlsChange.Bound ? L7TlsProof.CiphertextMatch : L7TlsProof.Unknown,
        Change = change,
        Source = L7Source.Openssl,
        FromStart = fromStart ? (byte)1 : (byte)0,
        Object = 0x1000 + id,
        TimeNs = time,
        Tgid = 77,
        Tid = 78,
    };

    public static L7DataEvent Data(ulong id, int captured, int tail = 0, ulong? moved = null)
    {
        var value = new L7DataEvent
        {
            Header = Header<L7DataEvent>(L7EventType.Data),
            ConnectionId = id,
            StreamOffset = 100,
            EnterNs = 10,
            ExitNs = 20,
            ByteCount = moved ?? (ulong)(captured + tail),
            Captured = (uint)captured,
            Tail = (uint)tail,
            Tgid = 77,
            Tid = 78,
        };
        value.Header.Size += (uint)(captured + tail);
        return value;
    }

    public static byte[] Bytes<T>(T value, params ReadOnlySpan<byte> payload)
        where T : unmanaged
    {
        var bytes = new byte[Unsafe.SizeOf<T>() + payload.Length];
        MemoryMarshal.Write(bytes, in value);
        payload.CopyTo(bytes.AsSpan(Unsafe.SizeOf<T>()));
        return bytes;
    }

    private static L7EventHeader Header<T>(L7EventType type)
        where T : unmanaged => new() { Type = type, Size = (uint)Unsafe.SizeOf<T>() };
}
