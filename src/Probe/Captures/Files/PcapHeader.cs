// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>The header of a pcap file (draft-ietf-opsawg-pcap, section 4).</summary>
/// <param name="IsBigEndian">Byte order of all its numbers.</param>
/// <param name="IsNanoseconds">The fraction of a second counts nanoseconds, not microseconds.</param>
/// <param name="MinorVersion">Minor version; the major one is 2.</param>
/// <param name="SnapLength">Bytes kept of a packet at most, as the file says.</param>
/// <param name="LinkType">LINKTYPE_ number.</param>
internal readonly record struct PcapHeader(
    bool IsBigEndian, bool IsNanoseconds, ushort MinorVersion, uint SnapLength, uint LinkType)
{
    /// <summary>Its size in bytes.</summary>
    public const int Size = 24;

    private const uint Microseconds = 0xA1B2C3D4;
    private const uint Nanoseconds = 0xA1B23C4D;
    private const uint Modified = 0xA1B2CD34;

    /// <summary>Reads and passes the header. Throws <see cref="CaptureFormatException"/> when there is none.</summary>
    public static PcapHeader Read(CaptureInput input)
    {
        var isWhole = input.TryPeek(Size, out var bytes);
        var isBigEndian = true;
        var magic = CaptureOptions.UInt32(bytes, isBigEndian: true);
        if (magic is not (Microseconds or Nanoseconds or Modified))
        {
            isBigEndian = false;
            magic = CaptureOptions.UInt32(bytes, isBigEndian: false);
        }

        switch (magic)
        {
            case Microseconds or Nanoseconds:
                break;
            case Modified:
                throw new CaptureFormatException(
                    "it is a pcap file of the modified (Kuznetzov) kind, which is not read; editcap -F pcap converts it");
            default:
                throw new CaptureFormatException("it is no capture: pcap and pcapng, also gzip-compressed, are read");
        }

        if (!isWhole)
        {
            throw new CaptureFormatException($"its header is cut off: {bytes.Length} of {Size} bytes are there");
        }

        var major = CaptureOptions.UInt16(bytes[4..], isBigEndian);
        if (major != 2)
        {
            throw new CaptureFormatException($"it is a pcap file of version {major}; version 2 is read");
        }

        var header = new PcapHeader(
            isBigEndian,
            magic == Nanoseconds,
            CaptureOptions.UInt16(bytes[6..], isBigEndian),
            CaptureOptions.UInt32(bytes[16..], isBigEndian),
            // The upper bits say whether packets end with a frame check sequence; IP's own lengths leave it out.
            CaptureOptions.UInt32(bytes[20..], isBigEndian) & 0x03FF_FFFF);
        input.Advance(Size);
        return header;
    }
}
