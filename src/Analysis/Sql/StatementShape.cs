// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>
/// What rules about statements need to know of one, read from its digest, in which keywords, names and values can't be taken for
/// each other. Of a text of several statements it is the first one's kind, and what holds of any.
/// </summary>
/// <param name="Kind">What it does.</param>
/// <param name="Noise">Whether it is set-up.</param>
/// <param name="WritesWithoutWhere">
/// An UPDATE or DELETE has no WHERE of its own; null when the statement was cut before one could come.
/// </param>
public readonly record struct StatementShape(StatementKind Kind, SetupNoise Noise, bool? WritesWithoutWhere)
{
    private const string CutMark = " ...";

    // Tables (and locks) that are a migration tool's own: Entity Framework, Rails, Flyway, Liquibase, Django, Alembic, Knex,
    // Sequelize, Prisma, Doctrine, Laravel and TypeORM, goose, golang-migrate, FluentMigrator, DbUp, Phinx.
    private static readonly HashSet<string> s_migrations = new(StringComparer.OrdinalIgnoreCase)
    {
        "__EFMigrationsHistory", "__EFMigrationsLock", "schema_migrations", "ar_internal_metadata", "flyway_schema_history",
        "DATABASECHANGELOG", "DATABASECHANGELOGLOCK", "django_migrations", "alembic_version", "knex_migrations", "knex_migrations_lock",
        "SequelizeMeta", "_prisma_migrations", "doctrine_migration_versions", "migrations", "goose_db_version", "VersionInfo",
        "SchemaVersions", "phinxlog",
    };

    private static readonly HashSet<string> s_schemas = new(StringComparer.OrdinalIgnoreCase) { "information_schema", "performance_schema", "sys" };

    // Whole statements with which drivers and pools look whether the connection is there.
    private static readonly HashSet<string> s_pings = new(StringComparer.OrdinalIgnoreCase) { "SELECT ?", "DO ?", "SELECT VERSION ( )", "SELECT CONNECTION_ID ( )", "SELECT DATABASE ( )", "SELECT SCHEMA ( )" };

    /// <summary>Reads a digest, as <see cref="StatementDigest.ToString"/> writes it; null for a statement that is not known.</summary>
    public static StatementShape Of(string? digest)
    {
        if (string.IsNullOrEmpty(digest))
        {
            return new StatementShape(StatementKind.Unknown, SetupNoise.None, null);
        }

        var cut = digest.EndsWith(CutMark, StringComparison.Ordinal);
        var text = cut ? digest[..^CutMark.Length] : digest;
        var reader = new Reader(text);
        var first = default(StatementShape);
        bool? unguarded = false;
        for (var i = 0; reader.ReadStatement(); i++)
        {
            if (i == 0)
            {
                first = new StatementShape(reader.Kind, NoiseOf(reader, text), false);
            }

            if (reader.IsUnguarded)
            {
                // A statement that was cut may have had its WHERE behind that.
                unguarded = cut && reader.AtEnd && unguarded != true ? null : true;
            }
        }

        return first with { WritesWithoutWhere = unguarded };
    }

    private static SetupNoise NoiseOf(in Reader statement, string text) => statement.Kind switch
    {
        StatementKind.Session => SetupNoise.Session,
        StatementKind.Transaction => SetupNoise.Transaction,
        StatementKind.Definition => statement.IsTemporary ? SetupNoise.None : SetupNoise.Schema,
        _ when statement.NamesSchema => SetupNoise.Schema,
        StatementKind.Select or StatementKind.Other when !statement.HasFrom && (statement.HasSystemVariable || s_pings.Contains(Unquoted(text))) => SetupNoise.Session,
        StatementKind.Select or StatementKind.Other when !statement.HasFrom && statement.TakesLock => SetupNoise.Schema,
        _ => SetupNoise.None,
    };

    private static string Unquoted(string text) => text.Replace("`", "", StringComparison.Ordinal);

    /// <summary>Goes through the statements of a digest.</summary>
    private ref struct Reader
    {
        private readonly ReadOnlySpan<char> _text;
        private SqlTokenizer _tokens;

        public Reader(string text)
        {
            _text = text;
            _tokens = new SqlTokenizer(text);
            AtEnd = false;
        }

        public StatementKind Kind { get; private set; }

        public bool IsUnguarded { get; private set; }

        public bool HasFrom { get; private set; }

        public bool HasSystemVariable { get; private set; }

        public bool NamesSchema { get; private set; }

        public bool TakesLock { get; private set; }

        public bool IsTemporary { get; private set; }

        public bool AtEnd { get; private set; }

        /// <summary>Reads to the next semicolon or the end; false when nothing was left.</summary>
        public bool ReadStatement()
        {
            (Kind, IsUnguarded, HasFrom, HasSystemVariable, NamesSchema, TakesLock, IsTemporary) = (StatementKind.Unknown, false, false, false, false, false, false);
            var depth = 0;
            var hasWhere = false;
            var any = false;
            var behindWith = false;
            while (true)
            {
                var token = _tokens.Next();
                if (token.Kind == SqlTokenKind.End)
                {
                    AtEnd = true;
                    break;
                }

                var piece = token.In(_text);
                if (token.Kind == SqlTokenKind.Operator && piece is ";")
                {
                    break;
                }

                any |= token.Kind is not (SqlTokenKind.Whitespace or SqlTokenKind.Comment);
                switch (token.Kind)
                {
                    case SqlTokenKind.Operator:
                        depth += piece is "(" ? 1 : piece is ")" ? -1 : 0;
                        HasSystemVariable |= piece is "@" && token.Start > 0 && _text[token.Start - 1] == '@';
                        break;
                    case SqlTokenKind.QuotedIdentifier:
                        Name(piece.Trim('`'));
                        break;
                    case SqlTokenKind.Word:
                        Word(piece, depth, ref hasWhere, ref behindWith);
                        break;
                    default:
                        break;
                }
            }

            IsUnguarded = Kind is StatementKind.Update or StatementKind.Delete && !hasWhere;
            return any;
        }

        private void Word(ReadOnlySpan<char> word, int depth, ref bool hasWhere, ref bool behindWith)
        {
            Name(word);
            HasFrom |= depth == 0 && word.Equals("FROM", StringComparison.OrdinalIgnoreCase);
            IsTemporary |= Kind == StatementKind.Definition && word.Equals("TEMPORARY", StringComparison.OrdinalIgnoreCase);
            if (Kind == StatementKind.Unknown && !behindWith)
            {
                Kind = KindOf(word);
                behindWith = Kind == StatementKind.Unknown;
            }
            else if (behindWith && depth == 0 && KindOf(word) is StatementKind.Select or StatementKind.Insert or StatementKind.Update or StatementKind.Delete)
            {
                // The statement that a WITH stands in front of.
                Kind = KindOf(word);
                behindWith = false;
            }
            else if (depth == 0 && word.Equals("WHERE", StringComparison.OrdinalIgnoreCase))
            {
                hasWhere = true;
            }
        }

        private void Name(ReadOnlySpan<char> name)
        {
            NamesSchema |= s_migrations.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name) || s_schemas.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);
            TakesLock |= name.Equals("GET_LOCK", StringComparison.OrdinalIgnoreCase) || name.Equals("RELEASE_LOCK", StringComparison.OrdinalIgnoreCase);
        }

        /// <summary>By the first keyword; <see cref="StatementKind.Unknown"/> for WITH, behind which the true one comes.</summary>
        private static StatementKind KindOf(ReadOnlySpan<char> word)
        {
            Span<char> upper = stackalloc char[16];
            return word.ToUpperInvariant(upper) < 0 ? StatementKind.Other : upper[..word.Length] switch
            {
                "WITH" => StatementKind.Unknown,
                "SELECT" or "TABLE" or "VALUES" => StatementKind.Select,
                "INSERT" or "REPLACE" => StatementKind.Insert,
                "UPDATE" => StatementKind.Update,
                "DELETE" => StatementKind.Delete,
                "CALL" => StatementKind.Call,
                "BEGIN" or "START" or "COMMIT" or "ROLLBACK" or "SAVEPOINT" or "RELEASE" or "XA" => StatementKind.Transaction,
                "SET" or "USE" or "SHOW" or "RESET" or "FLUSH" or "KILL" => StatementKind.Session,
                "CREATE" or "ALTER" or "DROP" or "RENAME" or "TRUNCATE" or "GRANT" or "REVOKE" or "ANALYZE" or "OPTIMIZE" => StatementKind.Definition,
                _ => StatementKind.Other,
            };
        }
    }
}
