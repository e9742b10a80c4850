// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;

namespace L7Trace.Testing;

/// <summary>A MySQL command that ran: a statement in text, or a prepared one that was executed, or another command.</summary>
public sealed record TracedStatement : TracedExchange
{
    /// <summary>The command by its name in MySQL's protocol: COM_QUERY, COM_STMT_EXECUTE, Connect, COM_PING and so on.</summary>
    public required string Command { get; init; }

    /// <summary>
    /// The statement as it was sent, values included; of a prepared one its text, with <see cref="Parameters"/> apart. Null when it
    /// is not known: it was prepared before the trace began.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>The statement without its values, as the server's DIGEST_TEXT; null when its text is not known.</summary>
    public string? Digest { get; init; }

    /// <summary>Values bound to a prepared statement, in their order.</summary>
    public IReadOnlyList<SqlParameter> Parameters { get; init; } = [];

    /// <summary>The default schema, when known.</summary>
    public string? Database { get; init; }

    /// <summary>The user, when the login was seen.</summary>
    public string? User { get; init; }

    /// <summary>The server's number of the connection (CONNECTION_ID()), when its greeting was seen.</summary>
    public long? ConnectionId { get; init; }

    /// <summary>Rows that were returned, when known; never too low.</summary>
    public long? Rows { get; init; }

    /// <summary>Rows that were changed, when the answer says so.</summary>
    public long? AffectedRows { get; init; }

    /// <summary>The server's error number; null when it did not fail.</summary>
    public int? ErrorCode { get; init; }

    /// <summary>The server's message.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>It failed, or its connection ended first.</summary>
    public bool IsFailed => ErrorCode is not null || IsAborted;

    /// <summary>A statement, in text or prepared; the rest are commands such as a login or a ping.</summary>
    public bool IsStatement => Command is "COM_QUERY" or "COM_STMT_EXECUTE" or "COM_STMT_BULK_EXECUTE";

    /// <summary>What it does, by its first keyword.</summary>
    public StatementKind Kind => Shape.Kind;

    /// <summary>Why it is set-up and not counted; <see cref="SetupNoise.None"/> for a statement of the application.</summary>
    public SetupNoise Noise => Shape.Noise;

    /// <summary>An UPDATE or DELETE without a WHERE of its own; null when its text is not known as far as that.</summary>
    public bool? WritesWithoutWhere => Shape.WritesWithoutWhere;

    /// <summary>The digest ends before the statement does (docs/digests.md): two with the same one may differ behind it.</summary>
    public bool IsDigestCut => Digest is { } digest && digest.EndsWith(" ...", StringComparison.Ordinal) && !digest.EndsWith("?, ...", StringComparison.Ordinal);

    // Behind the end of a digest only the text itself tells, where all of it is there.
    private StatementShape Shape => IsDigestCut && Doubt is null && Text is { } text ? StatementShape.OfStatement(text) : StatementShape.Of(Digest);

    /// <summary>The digest, or the command's name where there is none.</summary>
    public override string ToString() => Digest ?? (IsStatement ? $"({Command}: statement not known)" : Command);
}
