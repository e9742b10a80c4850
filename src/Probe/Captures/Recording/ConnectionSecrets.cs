// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Recording;

/// <summary>The lines of a key log with one client's random: the secrets of one connection, whichever of its ends tells them.</summary>
internal sealed class ConnectionSecrets
{
    private const int MaxLines = 64; // two ends have eight each; what goes on beyond that is no TLS

    private readonly HashSet<string> _lines = [];
    private readonly List<byte> _pending = [];

    /// <summary>Connections whose calls wait for them.</summary>
    public List<RecordedFlow> Waiting { get; } = [];

    /// <summary>All that is needed to decrypt the connection is there.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Some are there.</summary>
    public bool HasAny => _lines.Count > 0;

    /// <summary>Takes a line.</summary>
    public void Add(string line)
    {
        if (_lines.Count >= MaxLines || !_lines.Add(line))
        {
            return;
        }

        _pending.AddRange(System.Text.Encoding.ASCII.GetBytes(line));
        IsComplete = Has("CLIENT_RANDOM ") || (Has("CLIENT_TRAFFIC_SECRET_0 ") && Has("SERVER_TRAFFIC_SECRET_0 "));
    }

    /// <summary>Lines that were not taken yet.</summary>
    public byte[] TakePending()
    {
        byte[] result = [.. _pending];
        _pending.Clear();
        return result;
    }

    private bool Has(string label) => _lines.Any(line => line.StartsWith(label, StringComparison.Ordinal));
}
