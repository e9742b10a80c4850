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
        Step.Text("CALL two_sets(3)"),
        Step.Several("SELECT 1 AS a", "SELECT n FROM numbers WHERE n < 5", "SELECT 'three' AS b"),
        .. Enumerable.Range(0, Numbered).Select(i => Step.Text(Invariant($"SELECT n, {i} AS tag FROM numbers WHERE n <= {i % 8}"))),
    ];

    /// <summary>Steps that prepare, and execute with values.</summary>
    public static IReadOnlyList<Step> Prepares { get; } =
    [
        Step.Text("DELETE FROM kinds"),
        .. Insertions(),
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
        string[] columns = ["id", "ti", "tu", "si", "mi", "bi", "bu", "d", "de", "dtm", "v", "bl", "en", "js"];
        string[][] values =
        [
            ["i:10", "i:-128", "i:255", "i:-32768", "i:8388607", "i:-9223372036854775807", "u:18446744073709551615", "d:1.5", "s:-12345.678900", "t:2024-02-29 23:59:59.999999", "s:Привет, 世界 😀", "b:00ff10", "s:green", "s:{\"k\": [1, null]}"],
            ["i:11", "n:", "i:0", "n:", "i:-1", "n:", "u:0", "n:", "n:", "n:", "s:", "n:", "n:", "n:"],
            ["i:12", "i:1", "n:", "i:300", "n:", "i:70000", "n:", "d:-2.25e10", "s:0.000001", "t:1999-12-31 00:00:00", "n:", "b:", "s:red", "s:[]"],
        ];
        string sql = $"INSERT INTO kinds ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select(_ => "?"))})";
        return values.Select(x => Step.Prepared(sql, x));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
