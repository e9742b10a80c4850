// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>
/// What rules about statements need to know of one, read from its digest, in which keywords, names and values can't be taken for
/// each other. Of a text of several statements it is what holds of any: it is set-up only when all of them are.
/// </summary>
/// <param name="Kind">What it does: the first of its statements that is not set-up.</param>
/// <param name="Noise">Whether it is set-up.</param>
/// <param name="WritesWithoutWhere">
/// An UPDATE or DELETE has no WHERE of its own. What CALL, EXECUTE and PREPARE run is not looked into. Null when it can't be said: the
/// text is not known or was cut, or it is a compound statement (BEGIN NOT ATOMIC, IF, LOOP).
/// </param>
public readonly record struct StatementShape(StatementKind Kind, SetupNoise Noise, bool? WritesWithoutWhere)
{
    private const string CutMark = " ...";
    private const int MaxLength = 65_536; // of the digests that it makes itself, counted as max_digest_length is

    // Whole statements with which drivers and pools look whether the connection is there.
    private static readonly HashSet<string> s_pings = new(StringComparer.OrdinalIgnoreCase) { "SELECT ?", "DO ?", "SELECT VERSION ( )", "SELECT CONNECTION_ID ( )", "SELECT DATABASE ( )", "SELECT SCHEMA ( )" };

    private static readonly HashSet<string> s_temporary = new(StringComparer.OrdinalIgnoreCase) { "TEMPORARY" };

    /// <summary>
    /// Reads a digest, as <see cref="StatementDigest.ToString"/> writes it; null for a statement that is not known. A cut is known by the
    /// " ..." at the end, unless a comma stands before it, as in the digest of a list of values.
    /// </summary>
    public static StatementShape Of(string? digest)
    {
        var isPrefix = digest is not null && digest.EndsWith(CutMark, StringComparison.Ordinal) && !digest.AsSpan(0, digest.Length - CutMark.Length).EndsWith(',');
        return Of(isPrefix ? digest![..^CutMark.Length] : digest, isPrefix);
    }

    /// <summary>Reads a digest.</summary>
    public static StatementShape Of(StatementDigest digest) => Of(digest.Text, digest.IsPrefix);

    /// <summary>Reads a digest without a mark at its end; null for a statement that is not known.</summary>
    /// <param name="digest">Its text.</param>
    /// <param name="isPrefix">True when more stood behind it, another statement perhaps.</param>
    public static StatementShape Of(string? digest, bool isPrefix)
    {
        if (string.IsNullOrEmpty(digest))
        {
            return new StatementShape(StatementKind.Unknown, SetupNoise.None, null);
        }

        var splitter = new StatementSplitter(digest);
        var result = default(StatementShape);
        var any = false;
        var writes = false;
        var doubt = isPrefix || splitter.HasOpenQuote;
        var isCompound = false;
        while (!isCompound && splitter.TryRead(out var statement))
        {
            if (statement.Count == 0)
            {
                continue;
            }

            var verb = StatementVerb.Of(statement);
            var noise = NoiseOf(statement, verb);
            if (!any || (result.Noise != SetupNoise.None && noise == SetupNoise.None))
            {
                result = new StatementShape(verb.Kind, noise, null);
            }

            any = true;
            isCompound = verb.IsCompound;
            doubt |= verb.IsDoubtful || splitter.HasOpenBlock;
            writes |= verb.IsUnguarded && !(isPrefix && splitter.AtEnd); // the WHERE of one that was cut may have come behind that
        }

        return result with { WritesWithoutWhere = writes ? true : doubt ? null : false };
    }

    /// <summary>
    /// Reads a statement that may be longer than digests are. What <see cref="StatementDigest"/> leaves out behind its 1,024 bytes is
    /// looked at as well.
    /// </summary>
    /// <param name="text">The statement, perhaps cut.</param>
    /// <param name="cut">True when the text is only the beginning of the statement.</param>
    /// <param name="noBackslashEscapes">As of <see cref="StatementDigest.Of"/>.</param>
    /// <param name="dialect">The server's.</param>
    public static StatementShape OfStatement(string text, bool cut = false, bool? noBackslashEscapes = null, SqlDialect dialect = SqlDialect.MySql8)
    {
        ArgumentNullException.ThrowIfNull(text);
        var digest = StatementDigest.Of(text, cut, noBackslashEscapes, dialect, MaxLength, plainNames: true, out var isAmbiguous);
        var shape = Of(digest);
        return isAmbiguous && shape.WritesWithoutWhere == false ? shape with { WritesWithoutWhere = null } : shape;
    }

    private static SetupNoise NoiseOf(in StatementTokens statement, StatementVerb verb) => verb.Kind switch
    {
        StatementKind.Session => SetupNoise.Session,
        StatementKind.Transaction => SetupNoise.Transaction,
        StatementKind.Definition => statement.Find(verb.At, s_temporary) >= 0 ? SetupNoise.None : SetupNoise.Schema,
        _ when !verb.IsDoubtful && SetupTables.AreAllOf(statement, verb.At) => SetupNoise.Schema,
        StatementKind.Select or StatementKind.Other when statement.HasWord("FROM") => SetupNoise.None,
        StatementKind.Select or StatementKind.Other when statement.HasSystemVariable() || IsPing(statement.Text) => SetupNoise.Session,
        StatementKind.Select or StatementKind.Other when SetupTables.IsLock(statement) => SetupNoise.Schema,
        _ => SetupNoise.None,
    };

    private static bool IsPing(ReadOnlySpan<char> text) => text.Length < 64 && s_pings.Contains(text.ToString().Replace("`", "", StringComparison.Ordinal));
}
