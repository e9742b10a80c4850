// SPDX-License-Identifier: Apache-2.0
using System.Text;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.KeyLog;

/// <summary>
/// A line of a key log: a label, the client's random and a secret in hexadecimal (draft-ietf-tls-keylogfile; the format of NSS's
/// SSLKEYLOGFILE). What stands in the process's memory must be one of the labels that exist, or it is none.
/// </summary>
internal static class KeyLogLine
{
    private const int MasterSecret = 48; // RFC 5246 section 8.1

    /// <summary>The labels of TLS 1.3, whose secrets are as long as the hash of the cipher suite: 32 or 48.</summary>
    private static readonly string[] s_labels =
    [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET", "CLIENT_EARLY_TRAFFIC_SECRET", "EARLY_EXPORTER_SECRET",
    ];

    /// <summary>Puts it together; false when it is none.</summary>
    internal static bool TryWrite(in L7SecretEvent value, out byte[] line)
    {
        ReadOnlySpan<byte> text = value.Label;
        var end = text.IndexOf((byte)0);
        var label = Encoding.ASCII.GetString(text[..Math.Max(0, end)]);
        ReadOnlySpan<byte> random = value.ClientRandom;
        ReadOnlySpan<byte> secret = ((ReadOnlySpan<byte>)value.Secret)[..(int)Math.Min(value.Length, MasterSecret)];
        var isKnown = label == "CLIENT_RANDOM" ? value.Length == MasterSecret : s_labels.Contains(label);
        line = isKnown && random.ContainsAnyExcept((byte)0)
            ? Encoding.ASCII.GetBytes($"{label} {Convert.ToHexStringLower(random)} {Convert.ToHexStringLower(secret)}\n")
            : [];
        return line.Length > 0;
    }
}
