// SPDX-License-Identifier: Apache-2.0
using L7Trace.UnitTests.Support;

namespace L7Trace.UnitTests.MySql;

/// <summary>Bytes that a real client and a real server exchanged, as a relay between them or the client's script took them down.</summary>
internal static class RecordedTalk
{
    /// <summary>All of them but those of the X Protocol.</summary>
    public static readonly string[] Names =
    [
        "text", "prepared", "infile", "binlog", "binlog-follow", "binlog-missing", "commands", "before41", "before41-plain",
        "metadata", "metadata-eof", "extended", "zstd", "binlog-gtid",
    ];

    /// <summary>The calls of one of them.</summary>
    public static IReadOnlyList<(bool FromClient, byte[] Bytes)> Calls(string name) =>
    [
        .. Repository.Read($"tests/unit/MySql/Recorded/{name}.txt").Split('\n').Where(line => line.Length > 2 && line[0] != '#')
            .Select(line => (line[0] == 'C', Convert.FromHexString(line.AsSpan(2)))),
    ];

    /// <summary>Tells it in a conversation.</summary>
    public static Conversation Tell(this Conversation talk, string name)
    {
        foreach (var (fromClient, bytes) in Calls(name))
        {
            _ = fromClient ? talk.Client(bytes) : talk.Server(bytes);
        }

        return talk;
    }
}
