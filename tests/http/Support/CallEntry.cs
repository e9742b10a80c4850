// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace L7Trace.HttpTests.Support;

/// <summary>What a program says of one gRPC call: sizes of the messages of both sides, and the status's number.</summary>
internal sealed record CallEntry(string Method, int Status, IReadOnlyList<int> Sent, IReadOnlyList<int> Received)
{
    public static IReadOnlyList<CallEntry> Parse(string output) =>
    [
        .. output.Split('\n').Where(x => x.StartsWith('{')).Select(x => JsonSerializer.Deserialize<CallEntry>(x, JournalEntry.Options)!),
    ];
}
