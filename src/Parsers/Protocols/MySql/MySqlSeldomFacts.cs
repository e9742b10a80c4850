// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Facts of a <see cref="MySqlExchange"/> that few exchanges have, so that the others need no memory for them. What each means stands
/// there.
/// </summary>
internal sealed class MySqlSeldomFacts
{
    public long StatementTextMissing { get; set; }

    public int? BatchSize { get; set; }

    public int Fetches { get; set; }

    public string? Argument { get; set; }

    public MySqlBinlogDump? BinlogDump { get; set; }

    public bool IsStream { get; set; }

    public long? BinlogEvents { get; set; }

    public string? AuthenticationPlugin { get; set; }

    public long? LocalFileBytes { get; set; }

    public long? ReturnedRowsAtLeast { get; set; }

    public string? Info { get; set; }

    public MySqlSessionChanges? SessionChanges { get; set; }

    public ushort? ErrorCode { get; set; }

    public string? SqlState { get; set; }

    public string? ErrorMessage { get; set; }

    public long? UncompressedResponseBytes { get; set; }

    /// <summary>The same once more.</summary>
    public MySqlSeldomFacts Copy() => (MySqlSeldomFacts)MemberwiseClone();
}
