// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>The tables and functions that servers and migration tools have for themselves.</summary>
internal static class SetupTables
{
    // Entity Framework, Rails, Flyway, Liquibase, Django, Alembic, Knex, Sequelize, Prisma, Doctrine, Laravel and TypeORM, goose,
    // golang-migrate, FluentMigrator, DbUp, Phinx.
    private static readonly HashSet<string> s_migrations = new(StringComparer.OrdinalIgnoreCase)
    {
        "__EFMigrationsHistory", "__EFMigrationsLock", "schema_migrations", "ar_internal_metadata", "flyway_schema_history",
        "DATABASECHANGELOG", "DATABASECHANGELOGLOCK", "django_migrations", "alembic_version", "knex_migrations", "knex_migrations_lock",
        "SequelizeMeta", "_prisma_migrations", "doctrine_migration_versions", "migrations", "goose_db_version", "VersionInfo",
        "SchemaVersions", "phinxlog",
    };

    private static readonly HashSet<string> s_schemas = new(StringComparer.OrdinalIgnoreCase) { "information_schema", "performance_schema", "sys" };

    // Behind these a table's name comes; UPDATE is one only as the statement's verb.
    private static readonly HashSet<string> s_before = new(StringComparer.OrdinalIgnoreCase) { "FROM", "JOIN", "STRAIGHT_JOIN", "INTO", "TABLE" };

    private static readonly HashSet<string> s_between = new(StringComparer.OrdinalIgnoreCase) { "IGNORE", "LOW_PRIORITY", "HIGH_PRIORITY", "QUICK", "DELAYED", "INTO", "TABLE" };

    private static readonly HashSet<string> s_noTables = new(StringComparer.OrdinalIgnoreCase) { "DUAL", "OUTFILE", "DUMPFILE" };

    // What ends a list of tables.
    private static readonly HashSet<string> s_behind = new(StringComparer.OrdinalIgnoreCase)
    {
        "SELECT", "WITH", "VALUES", "VALUE", "WHERE", "SET", "GROUP", "ORDER", "HAVING", "LIMIT", "WINDOW", "UNION", "EXCEPT", "INTERSECT", "FOR",
    };

    /// <summary>True when the statement names tables, and each of them is a server's or a migration tool's own.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="verb">Index of its verb.</param>
    public static bool AreAllOf(in StatementTokens statement, int verb)
    {
        var any = false;
        var expected = false;
        var depth = 0;
        var lists = 0UL; // a bit for each depth of parentheses at which a list of tables goes on
        for (var i = 0; i < statement.Count; i++)
        {
            if (statement.IsOperator(i, '('))
            {
                depth++;
                lists = expected ? lists | Bit(depth) : lists & ~Bit(depth);
            }
            else if (statement.IsOperator(i, ')'))
            {
                lists &= ~Bit(depth);
                (depth, expected) = (depth - 1, false);
            }
            else if (statement.IsOperator(i, ','))
            {
                expected = (lists & Bit(depth)) != 0;
            }
            else if (statement.IsAnyWord(i, s_before) || (i == verb && statement.IsWord(i, "UPDATE")))
            {
                expected = true;
                lists |= Bit(depth);
            }
            else if (statement.IsAnyWord(i, s_behind))
            {
                expected = false;
                lists &= ~Bit(depth);
            }
            else if (expected && !statement.IsAnyWord(i, s_between))
            {
                if (statement.IsName(i))
                {
                    var isQualified = statement.IsOperator(i + 1, '.');
                    if (!(isQualified ? IsSchema(statement.NameAt(i)) || IsMigration(statement.NameAt(i + 2)) : IsMigration(statement.NameAt(i))))
                    {
                        return false;
                    }

                    any = true;
                    i += isQualified ? 2 : 0;
                }
                else if (!statement.IsAnyWord(i, s_noTables) && statement.KindAt(i) is SqlTokenKind.Word or SqlTokenKind.Operator)
                {
                    return false; // a table named like a keyword, or one whose name is not in the digest
                }

                expected = false;
            }
        }

        return any;
    }

    /// <summary>True when the statement takes or gives back a lock by its name, as migration tools do, and does nothing else.</summary>
    public static bool IsLock(in StatementTokens statement)
    {
        if (!(statement.IsWord(0, "SELECT") || statement.IsWord(0, "DO")) || !statement.IsOperator(2, '(')
            || !(statement.NameAt(1).Equals("GET_LOCK", StringComparison.OrdinalIgnoreCase) || statement.NameAt(1).Equals("RELEASE_LOCK", StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        var end = 3;
        for (var depth = 1; end < statement.Count && depth > 0; end++)
        {
            depth += statement.IsOperator(end, '(') ? 1 : statement.IsOperator(end, ')') ? -1 : 0;
        }

        end += statement.IsWord(end, "AS") ? 1 : 0;
        end += statement.IsName(end) ? 1 : 0;
        return end == statement.Count;
    }

    private static bool IsSchema(ReadOnlySpan<char> name) => s_schemas.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);

    private static bool IsMigration(ReadOnlySpan<char> name) => s_migrations.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);

    private static ulong Bit(int depth) => depth is >= 0 and < 64 ? 1UL << depth : 0;
}
