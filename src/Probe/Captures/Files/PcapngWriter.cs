// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace L7Trace.Probe.Captures.Files;

/// <summary>
/// Writes one pcapng section (draft-ietf-opsawg-pcapng, in little-endian order on every machine): a section header,
/// interfaces, packets, names, statistics. Blocks are gathered in memory and leave it whole: a file that ends early ends
/// behind a block, or is cut in the last one. Not thread-safe.
/// </summary>
public sealed class PcapngWriter : IDisposable
{
    /// <summary>Bytes gathered before they are written.</summary>
    public const int BufferSize = 256 * 1024;

    private const uint SectionHeaderBlock = 0x0A0D0D0A;
    private const uint InterfaceDescriptionBlock = 1;
    private const uint InterfaceStatisticsBlock = 5;
    private const uint EnhancedPacketBlock = 6;
    private const uint DecryptionSecretsBlock = 10;
    private const uint TlsKeyLog = 0x544C534B; // "TLSK"
    private const uint ByteOrderMagic = 0x1A2B3C4D;
    private const int BlockOverhead = 12; // type, length, length again

    private const ushort OptionEnd = 0;
    private const ushort OptionComment = 1;
    private const ushort PacketFlags = 2;
    private const ushort InterfaceName = 2;
    private const ushort InterfaceDescription = 3;
    private const ushort InterfaceTimeResolution = 9;
    private const ushort StatisticsStart = 2;
    private const ushort StatisticsEnd = 3;
    private const ushort StatisticsReceived = 4;
    private const ushort StatisticsDropped = 5;
    private const byte Nanoseconds = 9; // ten to the power of minus this

    private readonly Stream _stream;
    private byte[] _buffer = new byte[BufferSize];
    private int _used;
    private int _block; // where the block that is being put together begins

    /// <summary>Makes one that writes to the stream, which stays the caller's.</summary>
    public PcapngWriter(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
    }

    /// <summary>Bytes of the section so far, those not yet written included.</summary>
    public long Length { get; private set; }

    /// <summary>Interfaces described so far; the next one gets this id.</summary>
    public int Interfaces { get; private set; }

    /// <summary>Section header block (section 4.1 of the draft); comes first, once.</summary>
    /// <param name="hardware">Machine it was captured on.</param>
    /// <param name="operatingSystem">Its operating system.</param>
    /// <param name="application">Program that writes it.</param>
    /// <param name="comment">What it is.</param>
    public void WriteSection(string hardware, string operatingSystem, string application, string comment)
    {
        Begin(SectionHeaderBlock, 4096);
        Put32(ByteOrderMagic);
        Put16(1);
        Put16(0);
        Put64(ulong.MaxValue); // length not known in advance
        PutOption(OptionComment, comment);
        PutOption(2, hardware);
        PutOption(3, operatingSystem);
        PutOption(4, application);
        PutOptionEnd();
        Finish();
    }

    /// <summary>Interface description block (section 4.2) with time stamps in nanoseconds and no limit on lengths.</summary>
    /// <returns>Its id in this section.</returns>
    public int AddInterface(ushort linkType, string name, string description)
    {
        Begin(InterfaceDescriptionBlock, 4096);
        Put16(linkType);
        Put16(0);
        Put32(0); // no snap length
        PutOption(InterfaceName, name);
        PutOption(InterfaceDescription, description);
        PutOption(InterfaceTimeResolution, [Nanoseconds]);
        PutOptionEnd();
        Finish();
        return Interfaces++;
    }

    /// <summary>Enhanced packet block (section 4.3).</summary>
    /// <param name="interfaceId">Where; described before.</param>
    /// <param name="time">When, nanoseconds since the Unix epoch.</param>
    /// <param name="headers">First bytes of the packet.</param>
    /// <param name="payload">The bytes behind them.</param>
    /// <param name="comment">UTF-8 text; empty for none. At most 65535 bytes.</param>
    /// <param name="inbound">Received or sent; null for neither.</param>
    public void WritePacket(
        int interfaceId,
        long time,
        ReadOnlySpan<byte> headers,
        ReadOnlySpan<byte> payload,
        ReadOnlySpan<byte> comment,
        bool? inbound)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(comment.Length, ushort.MaxValue);
        var length = checked(headers.Length + payload.Length);
        Begin(EnhancedPacketBlock, checked(length + comment.Length + 64));
        Put32((uint)interfaceId);
        Put32((uint)((ulong)time >> 32));
        Put32((uint)(ulong)time);
        Put32((uint)length);
        Put32((uint)length);
        Put(headers);
        Put(payload);
        Pad(length);
        if (!comment.IsEmpty)
        {
            PutOption(OptionComment, comment);
        }

        if (inbound is { } received)
        {
            Span<byte> flags = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(flags, received ? 1u : 2u);
            PutOption(PacketFlags, flags);
        }

        if (!comment.IsEmpty || inbound is not null)
        {
            PutOptionEnd();
        }

        Finish();
    }

    /// <summary>Name resolution block (section 4.5) of one address.</summary>
    /// <param name="address">IPv4 or IPv6.</param>
    /// <param name="names">Its names: together less than 65,000 bytes of UTF-8.</param>
    public void WriteNames(IPAddress address, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(address);
        byte[] value = [.. address.GetAddressBytes(), .. names.SelectMany(static name => (byte[])[.. Encoding.UTF8.GetBytes(name), 0])];
        Begin(NameBlock.Type, checked(value.Length + 16));
        PutOption(address.AddressFamily == AddressFamily.InterNetworkV6 ? NameBlock.Ip6Record : NameBlock.Ip4Record, value);
        PutOptionEnd(); // of the records; there are no options behind them
        Finish();
    }

    /// <summary>Decryption secrets block (section 4.7): with it, readers decrypt the packets behind it.</summary>
    /// <param name="lines">Lines of a TLS key log (SSLKEYLOGFILE), US-ASCII.</param>
    public void WriteSecrets(ReadOnlySpan<byte> lines)
    {
        Begin(DecryptionSecretsBlock, checked(lines.Length + 16));
        Put32(TlsKeyLog);
        Put32((uint)lines.Length);
        Put(lines);
        Pad(lines.Length);
        Finish();
    }

    /// <summary>Interface statistics block (section 4.6).</summary>
    /// <param name="interfaceId">Of which interface.</param>
    /// <param name="start">When capture began, nanoseconds since the Unix epoch.</param>
    /// <param name="end">When it ended.</param>
    /// <param name="received">Packets.</param>
    /// <param name="dropped">Packets lost for want of room.</param>
    public void WriteStatistics(int interfaceId, long start, long end, ulong received, ulong dropped)
    {
        Begin(InterfaceStatisticsBlock, 256);
        Put32((uint)interfaceId);
        Put32((uint)((ulong)end >> 32));
        Put32((uint)(ulong)end);
        PutTimeOption(StatisticsStart, start);
        PutTimeOption(StatisticsEnd, end);
        PutNumberOption(StatisticsReceived, received);
        PutNumberOption(StatisticsDropped, dropped);
        PutOptionEnd();
        Finish();
    }

    /// <summary>Hands what is gathered to the stream, which is not flushed itself: a file has it then.</summary>
    public void Flush()
    {
        if (_used > 0)
        {
            _stream.Write(_buffer, 0, _used);
            _used = 0;
        }
    }

    /// <summary>Flushes. The stream stays open.</summary>
    public void Dispose() => Flush();

    // Room for the whole block, so that none is written in part unless the write itself is cut.
    private void Begin(uint type, int size)
    {
        size = checked(size + BlockOverhead);
        if (size > _buffer.Length - _used)
        {
            Flush();
            if (size > _buffer.Length)
            {
                _buffer = new byte[size];
            }
        }

        _block = _used;
        Put32(type);
        Put32(0);
    }

    private void Finish()
    {
        var length = (uint)(_used - _block + 4);
        Put32(length);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_block + 4), length);
        Length += length;
    }

    private void PutOption(ushort code, string text)
    {
        // A long text is cut in front of a character, not inside of one.
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = Math.Min(bytes.Length, 1024);
        while (length > 0 && length < bytes.Length && (bytes[length] & 0xC0) == 0x80)
        {
            length--;
        }

        if (length > 0)
        {
            PutOption(code, bytes.AsSpan(0, length));
        }
    }

    private void PutOption(ushort code, ReadOnlySpan<byte> value)
    {
        Put16(code);
        Put16(checked((ushort)value.Length));
        Put(value);
        Pad(value.Length);
    }

    // Section 4.6: time stamps in options have their high half first, each half in the section's byte order.
    private void PutTimeOption(ushort code, long time)
    {
        Put16(code);
        Put16(8);
        Put32((uint)((ulong)time >> 32));
        Put32((uint)(ulong)time);
    }

    private void PutNumberOption(ushort code, ulong value)
    {
        Put16(code);
        Put16(8);
        Put64(value);
    }

    private void PutOptionEnd()
    {
        Put16(OptionEnd);
        Put16(0);
    }

    private void Pad(int length)
    {
        var padding = -length & 3;
        _buffer.AsSpan(_used, padding).Clear();
        _used += padding;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void Put16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(_used), value);
        _used += 2;
    }

    private void Put32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_used), value);
        _used += 4;
    }

    private void Put64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_used), value);
        _used += 8;
    }
}
