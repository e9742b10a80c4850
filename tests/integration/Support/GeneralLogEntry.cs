// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.IntegrationTests.Support;

/// <summary>One entry of a server's general log.</summary>
/// <param name="ConnectionId">Server's connection (thread) id.</param>
/// <param name="Command">Connect, Query, Prepare, Execute, Close stmt, Quit, ...</param>
/// <param name="Bytes">Statement or other text, as the log has it: trimmed at its ends, newlines raw.</param>
internal sealed record GeneralLogEntry(uint ConnectionId, string Command, byte[] Bytes)
{
    /// <summary>The text, with what is no UTF-8 replaced.</summary>
    public string Argument { get; } = Encoding.UTF8.GetString(Bytes);

    /// <inheritdoc/>
    public override string ToString() => $"{ConnectionId} {Command} {Argument}";
}
