// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>
/// Reads the blocks of a pcapng file (draft-ietf-opsawg-pcapng, section 4): sections of either byte order, their
/// interfaces, and packets in all three kinds of packet blocks. Interface statistics give the drops, name resolution blocks
/// the names; decryption secrets, custom and unknown blocks are passed over.
/// </summary>
internal sealed class PcapngReader : CaptureReader
{
    /// <summary>Type of a section header, the same in both byte orders.</summary>
    public const uint SectionHeader = 0x0A0D0D0A;

    private const uint ByteOrderMagic = 0x1A2B3C4D;
    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint InterfaceStatistics = 5;
    private const uint EnhancedPacket = 6;
    private const int SmallestBlock = 12;
    private const int MostInterfaces = 65_536;
    private const ushort ResolutionCode = 9;
    private const ushort OffsetCode = 14;
    private const ushort InterfaceDropCode = 5;
    private const ushort SystemDropCode = 7;

    private int _metadataBudget = LargestBlock; // options kept of all sections and interfaces together
    private bool _big;
    private bool _stopped;
    private int _blockEnd;

    public PcapngReader(CaptureInput input)
        : base(input)
    {
    }

    /// <inheritdoc/>
    public override CaptureFormat Format => CaptureFormat.Pcapng;

    private protected override bool ReadPacket()
    {
        while (!_stopped)
        {
            Input.Advance(_blockEnd);
            _blockEnd = BytesStart = BytesLength = OptionsStart = OptionsLength = 0;
            if (!ReadBlock(out var isPacket))
            {
                _stopped = true;
                Interface = null;
            }
            else if (isPacket)
            {
                return true;
            }
        }

        return false;
    }

    // Leaves the block in the window with _blockEnd set, or has passed it already. False: nothing more can be read.
    private bool ReadBlock(out bool isPacket)
    {
        isPacket = false;
        if (!Input.TryPeek(8, out var head))
        {
            return head.IsEmpty ? Ended() : Damaged("the file ends inside a block's header");
        }

        var isSection = CaptureOptions.UInt32(head, isBigEndian: true) == SectionHeader;
        if (isSection && !ReadByteOrder())
        {
            return false;
        }

        var type = isSection ? SectionHeader : CaptureOptions.UInt32(head, _big);
        var claimed = CaptureOptions.UInt32(head[4..], _big);
        if (claimed < SmallestBlock)
        {
            return Damaged($"a block claims to be {claimed} bytes long; {SmallestBlock} is the least");
        }

        // A writer that forgets to pad a block to 32 bits says the unpadded length: the bytes are padded all the same.
        var length = ((long)claimed + 3) & ~3L;
        if (type is not (SectionHeader or InterfaceDescription or InterfaceStatistics or ObsoletePacket or SimplePacket
            or EnhancedPacket or NameBlock.Type) || (type == NameBlock.Type && length > LargestBlock))
        {
            return PassOver(length, claimed);
        }

        if (length > LargestBlock)
        {
            return Damaged($"a block claims to be {claimed} bytes long; {LargestBlock} are taken at most");
        }

        if (!Input.TryPeek((int)length, out var block))
        {
            return Damaged($"the file ends inside a block: {block.Length} of {claimed} bytes are there");
        }

        if (!IsEnd(block[^4..], claimed))
        {
            return Damaged("a block's two lengths differ");
        }

        _blockEnd = (int)length;
        switch (type)
        {
            case SectionHeader:
                return ReadSection(block);
            case InterfaceDescription:
                return ReadInterface(block);
            case InterfaceStatistics:
                ReadStatistics(block);
                return true;
            case NameBlock.Type:
                NameBlock.Read(block[8..^4], _big, Names);
                return true;
            default:
                isPacket = type switch
                {
                    EnhancedPacket => ReadPacketBlock(block, interfaceBytes: 4),
                    ObsoletePacket => ReadPacketBlock(block, interfaceBytes: 2),
                    _ => ReadSimplePacket(block),
                };
                return true;
        }
    }

    private bool ReadByteOrder()
    {
        if (!Input.TryPeek(12, out var head))
        {
            return Damaged("the file ends inside a section header");
        }

        _big = CaptureOptions.UInt32(head[8..], isBigEndian: true) == ByteOrderMagic;
        return _big || CaptureOptions.UInt32(head[8..], isBigEndian: false) == ByteOrderMagic ||
            Damaged("a section header has no byte-order magic");
    }

    private bool PassOver(long length, uint claimed)
    {
        // The place of damage is the block's beginning, which is behind when it shows.
        var start = Input.Position;
        if (!Input.Skip(length - 4) || !Input.TryPeek(4, out var end))
        {
            return Damaged(start, $"the file ends inside a block of {claimed} bytes");
        }

        if (!IsEnd(end, claimed))
        {
            return Damaged(start, "a block's two lengths differ");
        }

        Input.Advance(4);
        return true;
    }

    private bool IsEnd(ReadOnlySpan<byte> bytes, uint claimed) => CaptureOptions.UInt32(bytes, _big) == claimed;

    private bool ReadSection(ReadOnlySpan<byte> block)
    {
        if (block.Length < 28)
        {
            return Damaged("a section header is too short");
        }

        var major = CaptureOptions.UInt16(block[12..], _big);
        if (major != 1)
        {
            return Damaged($"a section is of pcapng version {major}; version 1 is read");
        }

        DroppedBefore = DroppedPackets;
        Section = new CaptureSection(_big, CaptureOptions.Copy(block[24..^4], _big, ref _metadataBudget));
        return true;
    }

    private bool ReadInterface(ReadOnlySpan<byte> block)
    {
        if (block.Length < 20)
        {
            return Damaged("an interface description is too short");
        }

        if (Section.Interfaces.Count >= MostInterfaces)
        {
            return Damaged($"a section describes more than {MostInterfaces} interfaces");
        }

        byte resolution = 6;
        long offset = 0;
        var rest = block[16..^4];
        while (CaptureOptions.TryTake(ref rest, _big, out var code, out var value))
        {
            if (code == ResolutionCode && value.Length >= 1)
            {
                resolution = value[0];
            }
            else if (code == OffsetCode && value.Length >= 8)
            {
                offset = (long)CaptureOptions.UInt64(value, _big);
            }
        }

        Section.Add(new CaptureInterface(
            Section,
            CaptureOptions.UInt16(block[8..], _big),
            CaptureOptions.UInt32(block[12..], _big),
            new TimestampUnit(resolution, offset),
            CaptureOptions.Copy(block[16..^4], _big, ref _metadataBudget)));
        return true;
    }

    private void ReadStatistics(ReadOnlySpan<byte> block)
    {
        if (block.Length < 24 || Find(CaptureOptions.UInt32(block[8..], _big)) is not { } found)
        {
            return;
        }

        ulong dropped = 0;
        var rest = block[20..^4];
        while (CaptureOptions.TryTake(ref rest, _big, out var code, out var value))
        {
            if (code is InterfaceDropCode or SystemDropCode && value.Length >= 8)
            {
                dropped = Math.Max(dropped, CaptureOptions.UInt64(value, _big));
            }
        }

        found.DroppedPackets = Math.Max(found.DroppedPackets, dropped);
    }

    // Enhanced: interface (32 bits), time, two lengths; obsolete: interface (16 bits), drops (16 bits), the same.
    private bool ReadPacketBlock(ReadOnlySpan<byte> block, int interfaceBytes)
    {
        const int Header = 28;
        if (block.Length < Header + 4)
        {
            return Damaged("a packet block is too short");
        }

        var number = interfaceBytes == 4
            ? CaptureOptions.UInt32(block[8..], _big) : CaptureOptions.UInt16(block[8..], _big);
        if (Find(number) is not { } found)
        {
            return Damaged($"a packet is of interface {number}, which the section does not describe");
        }

        var captured = CaptureOptions.UInt32(block[20..], _big);
        if (captured > (uint)(block.Length - Header - 4))
        {
            return Damaged($"a packet claims {captured} captured bytes in a block of {block.Length}");
        }

        var units = ((ulong)CaptureOptions.UInt32(block[12..], _big) << 32) | CaptureOptions.UInt32(block[16..], _big);
        Time = found.Unit.ToNanoseconds(units);
        Take(found, Header, (int)captured, CaptureOptions.UInt32(block[24..], _big));
        var options = Math.Min(Header + (((int)captured + 3) & ~3), block.Length - 4);
        OptionsStart = options;
        OptionsLength = block.Length - 4 - options;
        return true;
    }

    private bool ReadSimplePacket(ReadOnlySpan<byte> block)
    {
        const int Header = 12;
        if (block.Length < Header + 4)
        {
            return Damaged("a packet block is too short");
        }

        if (Find(0) is not { } found)
        {
            return Damaged("a packet is of interface 0, which the section does not describe");
        }

        // How much was captured is not said: all, the interface's limit, or what the block has room for.
        var original = CaptureOptions.UInt32(block[8..], _big);
        var captured = Math.Min(original, (uint)(block.Length - Header - 4));
        if (found.SnapLength != 0)
        {
            captured = Math.Min(captured, found.SnapLength);
        }

        Take(found, Header, (int)captured, original);
        return true;
    }

    private void Take(CaptureInterface from, int start, int captured, uint original)
    {
        Interface = from;
        BytesStart = start;
        BytesLength = captured;
        OriginalLength = original;
    }

    private CaptureInterface? Find(uint number) =>
        number < (uint)Section.Interfaces.Count ? Section.Interfaces[(int)number] : null;
}
