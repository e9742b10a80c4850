// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// What holds for all exchanges of a session until something changes it, and so is kept once for many of them. What each fact means
/// stands at <see cref="MySqlExchange"/>.
/// </summary>
internal sealed record MySqlSessionFacts
{
    /// <summary>Nothing is known.</summary>
    public static readonly MySqlSessionFacts None = new();

    public string? Schema { get; init; }

    public string? User { get; init; }

    public uint? ServerConnectionId { get; init; }

    public string? ServerVersion { get; init; }

    public bool? IsMariaDb { get; init; }

    public string? Compression { get; init; }

    public byte? CompressionLevel { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> ClientAttributes { get; init; } = [];
}
