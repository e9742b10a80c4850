// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>One section of a pcapng file; a pcap file has one without options.</summary>
public sealed class CaptureSection
{
    private const ushort HardwareCode = 2;
    private const ushort SystemCode = 3;
    private const ushort ApplicationCode = 4;

    private readonly List<CaptureInterface> _interfaces = [];

    internal CaptureSection(bool isBigEndian, IReadOnlyList<CaptureOption> options)
    {
        IsBigEndian = isBigEndian;
        Options = options;
    }

    /// <summary>True when the section's numbers are big-endian.</summary>
    public bool IsBigEndian { get; }

    /// <summary>All options of the section header, in their order.</summary>
    public IReadOnlyList<CaptureOption> Options { get; }

    /// <summary>The interfaces described so far.</summary>
    public IReadOnlyList<CaptureInterface> Interfaces => _interfaces;

    /// <summary>shb_hardware: the machine; null when not said.</summary>
    public string? Hardware => Options.TextOf(HardwareCode);

    /// <summary>shb_os: the operating system; null when not said.</summary>
    public string? OperatingSystem => Options.TextOf(SystemCode);

    /// <summary>shb_userappl: the program that wrote the section; null when not said.</summary>
    public string? UserApplication => Options.TextOf(ApplicationCode);

    /// <summary>Comments on the section.</summary>
    public IEnumerable<string> Comments => Options.Comments();

    internal void Add(CaptureInterface found) => _interfaces.Add(found);
}
