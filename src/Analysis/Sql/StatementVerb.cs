// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>What one statement of a digest does.</summary>
/// <param name="Kind">By the keyword that says so.</param>
/// <param name="At">Index of that keyword.</param>
/// <param name="IsUnguarded">An UPDATE or DELETE without a WHERE of its own.</param>
/// <param name="IsDoubtful">Statements may be in it that are not looked into.</param>
/// <param name="IsCompound">It begins a compound statement, and what follows behind its semicolons is part of that.</param>
internal readonly record struct StatementVerb(StatementKind Kind, int At, bool IsUnguarded = false, bool IsDoubtful = false, bool IsCompound = false)
{
    private static readonly HashSet<string> s_behindWith = new(StringComparer.OrdinalIgnoreCase) { "SELECT", "TABLE", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE" };
    private static readonly HashSet<string> s_writes = new(StringComparer.OrdinalIgnoreCase) { "UPDATE", "DELETE" };
    private static readonly HashSet<string> s_for = new(StringComparer.OrdinalIgnoreCase) { "FOR" };
    private static readonly HashSet<string> s_where = new(StringComparer.OrdinalIgnoreCase) { "WHERE" };
    private static readonly HashSet<string> s_analyzed = new(StringComparer.OrdinalIgnoreCase) { "WITH", "SELECT", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE", "TABLE", "TABLES", "LOCAL", "NO_WRITE_TO_BINLOG" };

    /// <summary>Reads it.</summary>
    public static StatementVerb Of(in StatementTokens statement)
    {
        Span<char> upper = stackalloc char[16];
        var at = 0;
        while (true)
        {
            while (statement.IsOperator(at, '('))
            {
                at++;
            }

            if (!statement.IsWord(at))
            {
                var isLabel = statement.IsOperator(at + 1, ':'); // "name: LOOP"
                return new StatementVerb(at >= statement.Count ? StatementKind.Unknown : StatementKind.Other, at, IsDoubtful: isLabel, IsCompound: isLabel);
            }

            var word = statement.At(at);
            switch (word.ToUpperInvariant(upper) < 0 ? default : upper[..word.Length])
            {
                case "WITH":
                    if (statement.Find(at, s_behindWith) is var behind and >= 0)
                    {
                        at = behind;
                        continue;
                    }

                    return new StatementVerb(StatementKind.Unknown, at);
                case "ANALYZE": // MariaDB runs the statement that it analyzes
                    if (statement.Find(at + 1, s_analyzed) is var what and >= 0 && (statement.IsWord(what, "WITH") || (KindOf(statement.At(what)) != StatementKind.Other && !statement.IsWord(what, "TABLE"))))
                    {
                        at = what;
                        continue;
                    }

                    return new StatementVerb(StatementKind.Definition, at);
                case "EXPLAIN" or "DESCRIBE" or "DESC":
                    // MySQL's manual has EXPLAIN ANALYZE run what it explains, and takes UPDATE and DELETE of several tables for it.
                    return new StatementVerb(StatementKind.Other, at, IsDoubtful: statement.IsWord(at + 1, "ANALYZE")
                        && statement.Find(at, s_writes) is var write and >= 0 && statement.Find(write, s_where) < 0);
                case "SET" when statement.NameAt(at + 1).Equals("STATEMENT", StringComparison.OrdinalIgnoreCase) && statement.KindAt(at + 2) is SqlTokenKind.Word or SqlTokenKind.QuotedIdentifier:
                    if (statement.Find(at, s_for) is var target and >= 0)
                    {
                        at = target + 1;
                        continue;
                    }

                    return new StatementVerb(StatementKind.Session, at);
                case "BEGIN" when at + 1 < statement.Count && !statement.IsWord(at + 1, "WORK"):
                case "IF" or "CASE" or "LOOP" or "WHILE" or "REPEAT" or "FOR" or "DECLARE" or "END" or "ELSE" or "ELSEIF" or "UNTIL":
                    return new StatementVerb(StatementKind.Other, at, IsDoubtful: true, IsCompound: true);
                default:
                    var kind = KindOf(word);
                    return new StatementVerb(kind, at, IsUnguarded: kind is StatementKind.Update or StatementKind.Delete && statement.Find(at, s_where) < 0);
            }
        }
    }

    private static StatementKind KindOf(ReadOnlySpan<char> word)
    {
        Span<char> upper = stackalloc char[16];
        return word.ToUpperInvariant(upper) < 0 ? StatementKind.Other : upper[..word.Length] switch
        {
            "SELECT" or "TABLE" or "VALUES" => StatementKind.Select,
            "INSERT" or "REPLACE" => StatementKind.Insert,
            "UPDATE" => StatementKind.Update,
            "DELETE" => StatementKind.Delete,
            "CALL" => StatementKind.Call,
            "BEGIN" or "START" or "COMMIT" or "ROLLBACK" or "SAVEPOINT" or "RELEASE" or "XA" => StatementKind.Transaction,
            "SET" or "USE" or "SHOW" or "RESET" or "FLUSH" or "KILL" => StatementKind.Session,
            "CREATE" or "ALTER" or "DROP" or "RENAME" or "TRUNCATE" or "GRANT" or "REVOKE" or "OPTIMIZE" => StatementKind.Definition,
            _ => StatementKind.Other,
        };
    }
}
