// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>Kind of a capture file.</summary>
public enum CaptureFormat
{
    /// <summary>libpcap's classic format (draft-ietf-opsawg-pcap), in microseconds or nanoseconds.</summary>
    Pcap,

    /// <summary>pcapng (draft-ietf-opsawg-pcapng).</summary>
    Pcapng,
}
