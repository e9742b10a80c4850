// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.KeyLog;

/// <summary>Takes the secrets of TLS connections, as lines of a key log (SSLKEYLOGFILE).</summary>
public interface IKeyLog
{
    /// <summary>A secret, on the thread that runs the probe.</summary>
    /// <param name="line">US-ASCII, with the line feed at its end.</param>
    /// <param name="processId">The process that has it.</param>
    void Add(ReadOnlySpan<byte> line, uint processId);

    /// <summary>A process in scope has a TLS library whose secrets can't be read. Any thread may call it.</summary>
    /// <param name="path">The library's file.</param>
    /// <param name="reason">Why, for people.</param>
    void Refuse(string path, string reason);
}
