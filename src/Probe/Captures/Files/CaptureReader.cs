// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>
/// Reads a capture packet by packet: pcap or pcapng, told apart by their first bytes, gzip-compressed or not. Not
/// thread-safe. Damage ends the reading (<see cref="Damage"/>) and is no exception.
/// <code>
/// using var reader = CaptureReader.Open("file.pcapng");
/// while (reader.Read()) { Use(reader.Packet); }
/// if (reader.Damage is { } damage) { ... }
/// </code>
/// </summary>
public abstract class CaptureReader : IDisposable
{
    /// <summary>Size of the buffer when nothing is said, bytes.</summary>
    public const int DefaultBuffer = 1024 * 1024;

    /// <summary>Bytes of one packet or block that is looked into, at most; what claims more is damage.</summary>
    internal const int LargestBlock = 16 * 1024 * 1024;

    private protected CaptureReader(CaptureInput input) => Input = input;

    /// <summary>Kind of the file.</summary>
    public abstract CaptureFormat Format { get; }

    /// <summary>The section that is being read.</summary>
    public CaptureSection Section { get; private protected set; } = new(isBigEndian: false, []);

    /// <summary>Packets read so far.</summary>
    public long PacketCount { get; private set; }

    /// <summary>The first damage met so far; null while there is none.</summary>
    public CaptureDamage? Damage { get; private set; }

    /// <summary>Packets that the capturing side says it dropped, in all sections so far.</summary>
    public ulong DroppedPackets => Section.Interfaces.Aggregate(
        DroppedBefore, static (sum, found) => Saturated.Add(sum, found.DroppedPackets));

    /// <summary>Takes the names of addresses that are met; several readers may share it. A pcap file has none.</summary>
    public AddressNames Names { get; internal set; } = new();

    /// <summary>Those of the sections before this one.</summary>
    private protected ulong DroppedBefore { get; set; }

    /// <summary>Time of <see cref="Packet"/>.</summary>
    public long Time { get; private protected set; }

    /// <summary>The packet that the last <see cref="Read"/> found; its bytes are valid until the next one.</summary>
    public CapturePacket Packet => new()
    {
        Time = Time,
        Bytes = Input.Slice(BytesStart, BytesLength),
        OriginalLength = Math.Max(OriginalLength, (uint)BytesLength),
        Interface = Interface ?? throw new InvalidOperationException("no packet was read"),
        Offset = Input.Position,
        Options = Input.Slice(OptionsStart, OptionsLength),
    };

    private protected CaptureInput Input { get; }

    /// <summary>Places of the packet's parts within the input's window.</summary>
    private protected int BytesStart { get; set; }

    private protected int BytesLength { get; set; }

    private protected int OptionsStart { get; set; }

    private protected int OptionsLength { get; set; }

    private protected uint OriginalLength { get; set; }

    private protected CaptureInterface? Interface { get; set; }

    /// <summary>Opens a file; "-" is standard input. Throws <see cref="CaptureFormatException"/> when it is no capture.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static CaptureReader Open(string path, int bufferSize = DefaultBuffer)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path == "-")
        {
            return Open(Console.OpenStandardInput(), bufferSize);
        }

        // No buffer of its own: the input's is larger.
        return Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0), bufferSize);
    }

    /// <summary>Reads a stream, which is disposed with the reader (or when this throws).</summary>
    public static CaptureReader Open(Stream stream, int bufferSize = DefaultBuffer)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(bufferSize, 1);
        var input = new CaptureInput(stream, bufferSize);
        try
        {
            if (input.TryPeek(2, out var magic) && magic[0] == 0x1F && magic[1] == 0x8B)
            {
                // The two bytes were taken off the stream already; they are put in front of it again.
                input = new CaptureInput(new GzipInput(input), bufferSize);
            }

            return Detect(input);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    /// <summary>Goes to the next packet; false at the end, and where damage makes reading on impossible.</summary>
    public bool Read()
    {
        if (!ReadPacket())
        {
            return false;
        }

        PacketCount++;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    private protected abstract bool ReadPacket();

    private protected void Dispose(bool disposing)
    {
        if (disposing)
        {
            Input.Dispose();
        }
    }

    /// <summary>Takes note of damage at the input's place; false, for who ends the reading with it.</summary>
    private protected bool Damaged(string reason) => Damaged(Input.Position, reason);

    private protected bool Damaged(long offset, string reason)
    {
        Damage ??= new CaptureDamage(offset, Input.Failure is null ? reason : $"{reason} ({Input.Failure})");
        return false;
    }

    /// <summary>The input has ended between two records: damage only when it could not be read on. False.</summary>
    private protected bool Ended() => Input.Failure is not null && Damaged("the file can't be read on");

    private static CaptureReader Detect(CaptureInput input)
    {
        if (!input.TryPeek(4, out var start))
        {
            throw new CaptureFormatException(start.Length == 0
                ? input.Failure is null ? "it is empty" : $"nothing can be read from it ({input.Failure})"
                : "it is no capture: pcap and pcapng, also gzip-compressed, are read");
        }

        return CaptureOptions.UInt32(start, isBigEndian: true) == PcapngReader.SectionHeader
            ? new PcapngReader(input)
            : new PcapReader(input, PcapHeader.Read(input));
    }
}
