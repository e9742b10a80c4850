// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>One interface of a capture.</summary>
public sealed class CaptureInterface
{
    private const ushort NameCode = 2;
    private const ushort DescriptionCode = 3;

    internal CaptureInterface(
        CaptureSection section, uint linkType, uint snapLength, TimestampUnit unit, IReadOnlyList<CaptureOption> options)
    {
        Section = section;
        LinkType = linkType;
        SnapLength = snapLength;
        Unit = unit;
        Options = options;
    }

    /// <summary>The section that describes it.</summary>
    public CaptureSection Section { get; }

    /// <summary>LINKTYPE_ number of its packets (www.tcpdump.org/linktypes.html).</summary>
    public uint LinkType { get; }

    /// <summary>Bytes kept of a packet at most; 0 when not limited.</summary>
    public uint SnapLength { get; }

    /// <summary>All options of the interface description, in their order.</summary>
    public IReadOnlyList<CaptureOption> Options { get; }

    /// <summary>if_name; null when not said.</summary>
    public string? Name => Options.TextOf(NameCode);

    /// <summary>if_description; null when not said.</summary>
    public string? Description => Options.TextOf(DescriptionCode);

    /// <summary>Comments on the interface.</summary>
    public IEnumerable<string> Comments => Options.Comments();

    /// <summary>Packets that the capturing side says it dropped (isb_ifdrop and isb_osdrop), as last read; else 0.</summary>
    public ulong DroppedPackets { get; internal set; }

    internal TimestampUnit Unit { get; }
}
