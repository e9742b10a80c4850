// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Probe.Captures.Files;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// Writes the names of the addresses that a file has packets of, and of no others: in front of the connection's packets,
/// and at the file's end those that came to light later.
/// </summary>
internal sealed class NameWriter(Func<IPAddress, IReadOnlyList<string>> namesOf)
{
    private const int MaxAddresses = 65_536; // of one file

    private readonly Dictionary<IPAddress, int> _written = [];

    /// <summary>A new file begins, which has no names.</summary>
    public void Begin() => _written.Clear();

    /// <summary>The two ends of a connection.</summary>
    public void Write(PcapngWriter writer, RecordedFlow flow)
    {
        Write(writer, flow.Local.Address);
        Write(writer, flow.Remote.Address);
    }

    /// <summary>The file ends.</summary>
    public void End(PcapngWriter writer)
    {
        foreach (var address in _written.Keys.ToArray())
        {
            Write(writer, address);
        }
    }

    private void Write(PcapngWriter writer, IPAddress address)
    {
        if (!_written.TryGetValue(address, out var count) && _written.Count >= MaxAddresses)
        {
            return;
        }

        var names = namesOf(address);
        if (names.Count > count)
        {
            writer.WriteNames(address, names.Skip(count));
        }

        _written[address] = Math.Max(count, names.Count);
    }
}
