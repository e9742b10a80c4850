// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.RegularExpressions;

namespace L7Trace.IntegrationTests.Support;

/// <summary>
/// SQL that carries a number n in a comment and whose answer is a function of n: so many rows, so many affected rows,
/// or an error of that number. An exchange whose response is another statement's gives itself away.
/// </summary>
internal static partial class SqlNumbers
{
    /// <summary>Temporary table that each connection makes for itself before it runs numbers.</summary>
    public const string CreateTable = "CREATE TEMPORARY TABLE numbers_kept (v BIGINT) ENGINE=MEMORY";

    public static NumberKind Kind(long n) => (n % 6) switch
    {
        0 or 4 => NumberKind.Rows,
        1 => NumberKind.Error,
        2 => NumberKind.Affected,
        3 => NumberKind.WideRows,
        _ => NumberKind.Prepared,
    };

    /// <summary>Rows of the result set, or affected rows; each differs from its neighbours'.</summary>
    public static int Count(long n) => (int)(n * 7919 % 97) + (Kind(n) == NumberKind.Affected ? 1 : 0);

    public static int ErrorCode(long n) => 20000 + (int)(n % 10000);

    public static string Statement(long n) => Kind(n) switch
    {
        NumberKind.Rows => $"SELECT /* n={n} */ seq FROM seq_1_to_100 WHERE seq <= {Count(n)}",
        NumberKind.WideRows => $"SELECT /* n={n} */ seq, REPEAT('w', 400) FROM seq_1_to_100 WHERE seq <= {Count(n)}",
        NumberKind.Affected => $"INSERT /* n={n} */ INTO numbers_kept SELECT seq FROM seq_1_to_{Count(n)}",
        NumberKind.Error => $"SIGNAL /* n={n} */ SQLSTATE '45000' SET MYSQL_ERRNO = {ErrorCode(n)}, MESSAGE_TEXT = 'number {n}'",
        _ => $"SELECT /* n={n} */ seq FROM seq_1_to_100 WHERE seq <= ?",
    };

    /// <summary>The number in a statement's text; null when it is another statement (SET NAMES and the like).</summary>
    public static long? Of(string? statement) =>
        statement is not null && Number().Match(statement) is { Success: true } match
            ? long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : null;

    /// <summary>What is wrong with a complete exchange, or null.</summary>
    public static string? Fault(TraceRecord record)
    {
        if (Of(record.Statement) is not { } n)
        {
            return null;
        }

        bool right = (Kind(n), record.Command) switch
        {
            (NumberKind.Rows or NumberKind.WideRows, "query") => record.Rows == Count(n) && record.DatabaseError is null,
            (NumberKind.Affected, "query") => record.Affected == Count(n) && record.DatabaseError is null,
            (NumberKind.Error, "query") => record.DatabaseError == ErrorCode(n).ToString(CultureInfo.InvariantCulture),
            (NumberKind.Prepared, "prepare") => record.DatabaseError is null,
            (NumberKind.Prepared, "execute") => record.Rows == Count(n) && record.DatabaseError is null,
            _ => false,
        } && record.Statement == Statement(n);
        return right ? null : $"{n} ({Kind(n)}) wants {Count(n)} rows or error {ErrorCode(n)}: {record}";
    }

    [GeneratedRegex(@"/\* n=(\d+) \*/")]
    private static partial Regex Number();
}
