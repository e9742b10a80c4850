// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>Reads the records of a pcap file (draft-ietf-opsawg-pcap, section 5).</summary>
internal sealed class PcapReader : CaptureReader
{
    private const int RecordHeader = 16;

    // What libpcap takes whatever the file's own limit says: some writers ignore it.
    private const uint UsualLimit = 256 * 1024;

    private readonly PcapHeader _header;
    private readonly uint _limit;
    private int _packetEnd;

    public PcapReader(CaptureInput input, PcapHeader header)
        : base(input)
    {
        _header = header;
        _limit = Math.Clamp(header.SnapLength, UsualLimit, LargestBlock);
        Section = new CaptureSection(header.IsBigEndian, []);
        Interface = new CaptureInterface(
            Section, header.LinkType, header.SnapLength, new TimestampUnit(9, 0), []);
        Section.Add(Interface);
    }

    /// <inheritdoc/>
    public override CaptureFormat Format => CaptureFormat.Pcap;

    private protected override bool ReadPacket()
    {
        Input.Advance(_packetEnd);
        _packetEnd = BytesStart = BytesLength = 0;
        if (Damage is not null)
        {
            return false;
        }

        if (!Input.TryPeek(RecordHeader, out var record))
        {
            return record.IsEmpty ? Ended() : Damaged($"the file ends inside the header of packet {PacketCount + 1}");
        }

        var big = _header.IsBigEndian;
        var seconds = CaptureOptions.UInt32(record, big);
        var fraction = CaptureOptions.UInt32(record[4..], big);
        var captured = CaptureOptions.UInt32(record[8..], big);
        var original = CaptureOptions.UInt32(record[12..], big);
        if (_header.MinorVersion < 3 || (_header.MinorVersion == 3 && captured > original))
        {
            (captured, original) = (original, captured); // libpcap before 0.4 wrote them the other way round
        }

        if (captured > _limit)
        {
            return Damaged($"packet {PacketCount + 1} claims {captured} captured bytes; {_limit} are possible here");
        }

        if (!Input.TryPeek(RecordHeader + (int)captured, out var whole))
        {
            return Damaged(
                $"the file ends inside packet {PacketCount + 1}: {whole.Length - RecordHeader} of {captured} bytes are there");
        }

        Time = (seconds * 1_000_000_000L) + (_header.IsNanoseconds ? fraction : fraction * 1000L);
        BytesStart = RecordHeader;
        BytesLength = (int)captured;
        OriginalLength = original;
        _packetEnd = RecordHeader + (int)captured;
        return true;
    }
}
