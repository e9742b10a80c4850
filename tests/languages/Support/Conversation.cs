// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.LanguageTests.Support;

/// <summary>
/// What every client does: text and prepared statements with NULLs, every type, UTF-8, errors, several result sets,
/// transactions, cursors, and numbered statements whose row counts tell a swapped answer.
/// </summary>
internal static class Conversation
{
    private const int Numbered = 60;

    /// <summary>Made once by the server's administrator, before the clients connect.</summary>
    public static IReadOnlyList<string> Schema { get; } =
    [
        """
        CREATE TABLE kinds (id INT PRIMARY KEY, ti TINYINT, tu TINYINT UNSIGNED, si SMALLINT, mi MEDIUMINT, bi BIGINT,
        bu BIGINT UNSIGNED, f FLOAT, d DOUBLE, de DECIMAL(20,6), dt DATE, tm TIME(6), dtm DATETIME(6), ts TIMESTAMP(6) NULL,
        y YEAR, c CHAR(10), v VARCHAR(200), tx TEXT, bl BLOB, bn VARBINARY(50), bt BIT(10), en ENUM('red','green'),
        se SET('a','b','c'), js JSON) CHARACTER SET utf8mb4
        """,
        "CREATE TABLE numbers (n INT PRIMARY KEY)",
        "INSERT INTO numbers VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)",
        "CREATE PROCEDURE two_sets(IN most INT) BEGIN SELECT n FROM numbers WHERE n <= most; SELECT n FROM numbers WHERE n > 8; END",
    ];

    /// <summary>Steps that send their text as it is.</summary>
    public static IReadOnlyList<Step> Texts { get; } =
    [
        Step.Text("DELETE FROM kinds"),
        Step.Text("SELECT 1"),
        Step.Text(
            "INSERT INTO kinds VALUES (1, -128, 255, -32768, 8388607, -9223372036854775808, 18446744073709551615, 1.5, -2.25e10, " +
            "-12345.678900, '2024-02-29', '-12:34:56.789012', '2024-02-29 23:59:59.999999', '2024-02-29 01:02:03.000004', 2024, " +
            "'char', 'naïve – 日本語 😀', 'it''s a \"text\"', x'00ff10', 'bin', b'1010101010', 'green', 'a,c', '{\"k\": [1, null]}')"),
        Step.Text(
            "INSERT INTO kinds VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, " +
            "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"),
        Step.Text("SELECT * FROM kinds ORDER BY id"),
        Step.Text("SELECT 'Ünïcödé – Привет, 世界 😀' AS greeting"),
        Step.Text("INSERT INTO kinds (id) VALUES (1)"),
        Step.Text("SELEC wrong FROM nowhere"),
        Step.Text("SELECT * FROM no_such_table"),
        Step.Text("UPDATE kinds SET ti = 1 WHERE id > 100"),
        Step.Text("UPDATE kinds SET ti = 2 WHERE id IN (1, 2)"),
        Step.Text("SELECT id FROM kinds WHERE id = 999"),
        Step.Text("SELECT id,\n\tv -- the text\nFROM kinds\nWHERE v LIKE 'na%' OR v IS NULL\n"),
        Step.Text("BEGIN"),
        Step.Text("INSERT INTO kinds (id, v) VALUES (50, 'gone again'), (51, 'gone again')"),
        Step.Text("ROLLBACK"),
        Step.Text("BEGIN"),
        Step.Text("DELETE FROM kinds WHERE id = 2"),
        Step.Text("COMMIT"),
        Step.Text("SET autocommit = 0"),
        Step.Text("INSERT INTO kinds (id, v) VALUES (60, 'not yet')"),
        Step.Text("COMMIT"),
        Step.Text("DELETE FROM kinds WHERE id = 60"),
        Step.Text("ROLLBACK"),
        Step.Text("SET autocommit = 1"),
        Step.Text("CALL two_sets(3)"),
        Step.Several("SELECT 1 AS a", "SELECT n FROM numbers WHERE n < 5", "SELECT 'three' AS b"),
        .. Enumerable.Range(0, Numbered).Select(i => Step.Text(Invariant($"SELECT n, {i} AS tag FROM numbers WHERE n <= {i % 8}"))),
    ];

    /// <summary>Steps that prepare, and execute with values.</summary>
    public static IReadOnlyList<Step> Prepares { get; } =
    [
        Step.Text("DELETE FROM kinds"),
        .. Insertions(),
        .. Values(),
        Step.Prepared("SELECT * FROM kinds WHERE id = ?", "i:10"),
        Step.Prepared("SELECT * FROM kinds WHERE id = ?", "i:12"),
        Step.Prepared("SELECT * FROM kinds WHERE id = ?", "n:"),
        Step.Prepared("SELECT v FROM kinds WHERE v = ? OR tx = ?", "s:Привет, 世界 😀", "s:"),
        Step.Prepared("SELECT ? AS a, '?' AS b, ? AS c -- ?", "s:it's a \"quoted\" \\ text", "s:two\nlines\tand a tab"),
        Step.Prepared("INSERT INTO kinds (id, v) VALUES (?, ?)", "i:10", "s:twice"),
        Step.Prepared("INSERT INTO kinds (id, v) VALUES (?, ?)", "i:20", "n:"),
        Step.Prepared("SELECT * FROM no_such_table WHERE id = ?", "i:1"),
        Step.Prepared("UPDATE kinds SET v = ? WHERE id >= ?", "s:changed", "i:10"),
        Step.Prepared("CALL two_sets(?)", "i:4"),
        Step.Prepared("SELECT LENGTH(?) AS bytes", "b:" + string.Concat(Enumerable.Range(0, 2500).Select(i => (i % 251).ToString("x2", CultureInfo.InvariantCulture)))),
        .. Enumerable.Range(0, Numbered).Select(i => Step.Prepared("SELECT n, ? AS tag FROM numbers WHERE n <= ?", Invariant($"i:{i}"), Invariant($"i:{i % 8}"))),
        Step.Cursor("SELECT n, ? AS tag FROM numbers ORDER BY n", "s:by cursor"),
        Step.Cursor("SELECT n FROM numbers WHERE n > ?", "i:100"),
        Step.Cursor("SELECT n, ? AS tag FROM numbers ORDER BY n", "s:and again"),
        Step.Prepared("DELETE FROM kinds WHERE id >= ?", "i:10"),
    ];

    private static IEnumerable<Step> Insertions()
    {
        string[] columns = ["id", "ti", "tu", "si", "mi", "bi", "bu", "f", "d", "de", "dt", "tm", "dtm", "ts", "y", "c", "v", "tx", "bl", "bn", "bt", "en", "se", "js"];
        string[][] values =
        [
            [
                "i:10", "i:-128", "i:255", "i:-32768", "i:8388607", "i:-9223372036854775808", "u:18446744073709551615", "f:1.25", "d:1.5", "m:-12345.678900",
                "y:2024-02-29", "h:-12:34:56.789012", "t:2024-02-29 23:59:59.999999", "t:2024-02-29 01:02:03.000004", "i:2024", "s:char", "s:Привет, 世界 😀",
                "s:it's a \"text\"", "b:00ff10", "b:62696e", "i:682", "s:green", "s:a,c", "s:{\"k\": [1, null]}",
            ],
            ["i:11", "n:", "i:0", "n:", "i:-1", "n:", "u:0", "n:", "n:", "n:", "n:", "n:", "n:", "n:", "n:", "n:", "s:", "n:", "n:", "n:", "n:", "n:", "n:", "n:"],
            [
                "i:12", "i:1", "n:", "i:300", "n:", "i:70000", "n:", "f:-0.1", "d:-2.25e10", "m:0.000001", "y:1999-12-31", "h:00:00:01", "t:1999-12-31 00:00:00", "n:",
                "i:1901", "s:", "n:", "s:e\u0301 is two characters", "b:", "n:", "i:0", "s:red", "s:", "s:[]",
            ],
        ];
        string sql = $"INSERT INTO kinds ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select(_ => "?"))})";
        return values.Select(x => Step.Prepared(sql, x));
    }

    // Of each kind what lies at its ends, whatever the columns take.
    private static IEnumerable<Step> Values()
    {
        string[][] values =
        [
            ["i:-128", "i:127", "u:128", "u:255", "i:-32768", "i:32767", "u:65535", "i:-8388608", "u:16777215", "i:0", "u:0"],
            ["i:-2147483648", "i:2147483647", "u:4294967295", "i:-9223372036854775808", "i:9223372036854775807", "u:18446744073709551615"],
            ["f:1.25", "f:-0.1", "f:16777216", "d:-0.1", "d:1.7976931348623157e308", "d:2.2250738585072014e-308", "d:0"],
            ["m:-12345678901234567.123456789", "m:0.000001", "m:99999999999999999999999999.99", "m:0"],
            ["y:2024-02-29", "y:9999-12-31", "h:-12:34:56.789012", "h:23:59:59", "h:00:00:00", "t:2024-02-29 23:59:59.999999", "t:1970-01-02 00:00:01"],
            ["s:", "s: a blank at each end ", "s:😀👩‍👩‍👧‍👦", "s:e\u0301a\u0308\u0304 combined", "s:שלום مرحبا", "s:it's \"quoted\" \\ `so` %s %% :name", "s:-- none # of /* these */ ? is a comment", "s:NULL"],
            ["b:", "b:00", "b:00ff10", "b:c328", "b:f09f98", "b:f09f9880", "b:5c27"],
            [.. Enumerable.Range(0, 20).Select(i => i % 3 == 1 ? Invariant($"i:{i}") : "n:")],
        ];
        foreach ((int row, string[] some) in values.Index())
        {
            // Bytes come back in hexadecimal: some drivers would take them as text. Another name for each row, so that each is
            // a statement of its own.
            bool isBytes = some.All(static x => x[0] == 'b');
            yield return Step.Prepared($"SELECT {string.Join(", ", some.Select((_, i) => Invariant($"{(isBytes ? "HEX(?)" : "?")} AS v{row}_{i}")))}", some);
        }

        // The same statement with values of other types; what it answers stays of one type, since Connector/C would read it as
        // the type before. (No bytes behind a date: as VAR_STRING, which Connector/J sends, they
        // are right on the wire, and MariaDB 10.11 logs DATE'8736-XX-32'.)
        foreach (string value in new[] { "i:7", "s:seven", "t:2024-02-29 23:59:59.999999", "n:", "s:", "d:0.5", "i:-1", "u:18446744073709551615", "i:300" })
        {
            yield return Step.Prepared("SELECT ? IS NULL AS a, 'and', ? AS b", value, "i:1");
        }

        yield return Step.Prepared("SELECT LENGTH(?) AS bytes", "s:" + string.Concat(Enumerable.Range(0, 7000).Select(i => Invariant($"{i} 😀 "))));
        yield return Step.Prepared("SELECT LENGTH(?) AS bytes", "b:" + string.Concat(Enumerable.Range(0, 90_000).Select(i => (i % 253).ToString("x2", CultureInfo.InvariantCulture))));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
