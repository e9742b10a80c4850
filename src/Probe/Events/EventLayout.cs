// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace L7Trace.Probe.Events;

/// <summary>
/// The mirror of bpf/l7trace.bpf.h, by hand and in its order; what the fields mean is written there. The names are the
/// header's in Pascal case, those of enum members without the prefix that they share. EventLayoutTests compares names,
/// sizes, offsets and values with the type information in the object file.
/// </summary>
internal static class EventLayout
{
    /// <summary>L7_ABI_VERSION.</summary>
    internal const uint AbiVersion = 5;

    /// <summary>L7_COMM_LEN.</summary>
    internal const int CommLength = 16;

    /// <summary>L7_UNIX_PATH_LEN.</summary>
    internal const int UnixPathLength = 108;

    internal enum L7EventType : ushort
    {
        None = 0,
        Open = 1,
        Close = 2,
        Process = 3,
        Tls = 4,
        Secret = 5,
        Data = 16,
    }

    internal enum L7Direction : byte
    {
        Egress = 0,
        Ingress = 1,
    }

    internal enum L7Role : byte
    {
        Unknown = 0,
        Client = 1,
        Server = 2,
    }

    internal enum L7RoleEvidence : byte
    {
        None = 0,
        Connect = 1,
        Accept = 2,
        UnixPath = 3,
    }

    internal enum L7Source : byte
    {
        Socket = 0,
        Openssl = 1,
        Gnutls = 2,
        GoTls = 3,
        Ktls = 4,
        Nss = 5,
    }

    internal enum L7Protocol : byte
    {
        Unknown = 0,
        Mysql = 1,
        Http1 = 2,
        Http2 = 3,
        Tls = 4,
        Other = 5,
    }

    [Flags]
    internal enum L7DataFlags : ushort
    {
        OffsetUnproven = 1,
        EndOfStream = 2,
        LengthOnly = 4,
        Fault = 8,
        WritePending = 16,
    }

    internal enum L7CloseReason : uint
    {
        Socket = 0,
        Process = 1,
        Reset = 2,
    }

    internal enum L7ProcessChange : uint
    {
        Fork = 1,
        Exec = 2,
        Exit = 3,
        Map = 4,
    }

    internal enum L7TlsChange : byte
    {
        Open = 1,
        Bound = 2,
        Close = 3,
    }

    internal enum L7TlsProof : byte
    {
        Unknown = 0,
        Socket = 1,
        NestedCall = 2,
        CiphertextMatch = 3,
    }

    internal enum L7LossReason : uint
    {
        DataRingFull = 0,
        DataRingBytes = 1,
        RingTruncated = 2,
        ControlRingFull = 3,
        CallsFull = 4,
        ConnectionsFull = 5,
        Unattributed = 6,
        UserFault = 7,
        OffsetUnproven = 8,
        ProcessesFull = 9,
        TlsFull = 10,
        TlsUnfinished = 11,
        UnseenBytes = 12,
        MissedReturns = 13,
        TlsUnproven = 14,
        Reasons = 15,
    }

    [Flags]
    internal enum L7ScopeFlags : uint
    {
        Processes = 1,
        Cgroups = 2,
        Ports = 4,
        Children = 8,
        Secrets = 16,
        Ciphertext = 32,
        Hits = 64,
    }

    [Flags]
    internal enum L7PortSide : byte
    {
        Local = 1,
        Remote = 2,
    }

    internal enum L7Verdict : byte
    {
        Capture = 1,
        Mute = 2,
        Framed = 3,
    }

    internal enum L7Backend : uint
    {
        Syscall = 0,
        Functions = 1,
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct L7EventHeader
    {
        internal L7EventType Type;
        internal L7DataFlags Flags;
        internal uint Size;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct L7OpenEvent
    {
        internal L7EventHeader Header;
        internal ulong ConnectionId;
        internal ulong TimeNs;
        internal ulong CgroupId;
        internal ulong EgressOffset;
        internal ulong IngressOffset;
        internal ulong Inode;
        internal ulong PeerInode;
        internal uint Tgid;
        internal uint Tid;
        internal uint Netns;
        internal uint PeerTgid;
        internal ushort Family;
        internal ushort LocalPort;
        internal ushort RemotePort;
        internal L7Role Role;
        internal L7RoleEvidence RoleEvidence;
        internal byte FromStart;
        internal Bytes7 Pad;
        internal Bytes16 LocalAddress;
        internal Bytes16 RemoteAddress;
        internal Bytes16 Comm;
        internal Bytes108 UnixPath;
        internal uint UnixPathLen;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct L7CloseEvent
    {
        internal L7EventHeader Header;
        internal ulong ConnectionId;
        internal ulong TimeNs;
        internal uint Tgid;
        internal L7CloseReason Reason;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct L7ProcessEvent
    {
        internal L7EventHeader Header;
        internal ulong TimeNs;
        internal ulong CgroupId;
        internal uint Tgid;
        internal uint ParentTgid;
        internal L7ProcessChange Change;
        internal uint Pad;
        internal Bytes16 Comm;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct L7TlsEvent
    {
        internal L7EventHeader Header;
        internal ulong TlsId;
        internal ulong ConnectionId;
        internal ulong TimeNs;
        internal ulong Object;
        internal ulong CgroupId;
        internal uint Tgid;
        internal uint Tid;
        internal L7TlsChange Change;
        internal L7TlsProof Proof;
        internal L7Source Source;
        internal byte FromStart;
        internal Bytes4 Pad;
        internal Bytes16 Comm;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct L7SecretEvent
    {
        internal L7EventHeader Header;
        internal ulong TimeNs;
        internal uint Tgid;
        internal uint Length;
        internal Bytes40 Label;
        internal Bytes32 ClientRandom;
        internal Bytes48 Secret;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct L7DataEvent
    {
        internal L7EventHeader Header;
        internal ulong ConnectionId;
        internal ulong StreamOffset;
        internal ulong EnterNs;
        internal ulong ExitNs;
        internal ulong ByteCount;
        internal uint Captured;
        internal uint Tail;
        internal uint Tgid;
        internal uint Tid;
        internal L7Direction Direction;
        internal L7Source Source;
        internal L7Protocol Protocol;
        internal Bytes5 Pad;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct L7Config
    {
        internal uint AbiVersion;
        internal uint SelfTgid;
        internal uint CaptureLimit;
        internal uint TailLimit;
        internal L7ScopeFlags ScopeFlags;
        internal uint WakeupBytes;
        internal uint UseSockTracepoints;
        internal uint FramedLimit;
        internal L7Backend Backend;
        internal uint Pad;
    }

    /// <summary>char[4].</summary>
    [InlineArray(4)]
    internal struct Bytes4
    {
        private byte _first;
    }

    /// <summary>char[5].</summary>
    [InlineArray(5)]
    internal struct Bytes5
    {
        private byte _first;
    }

    /// <summary>char[7].</summary>
    [InlineArray(7)]
    internal struct Bytes7
    {
        private byte _first;
    }

    /// <summary>char[16].</summary>
    [InlineArray(16)]
    internal struct Bytes16
    {
        private byte _first;
    }

    /// <summary>__u8[32].</summary>
    [InlineArray(32)]
    internal struct Bytes32
    {
        private byte _first;
    }

    /// <summary>char[40].</summary>
    [InlineArray(40)]
    internal struct Bytes40
    {
        private byte _first;
    }

    /// <summary>__u8[48].</summary>
    [InlineArray(48)]
    internal struct Bytes48
    {
        private byte _first;
    }

    /// <summary>char[108].</summary>
    [InlineArray(UnixPathLength)]
    internal struct Bytes108
    {
        private byte _first;
    }
}
