// SPDX-License-Identifier: Apache-2.0
using System.Collections.Frozen;

namespace L7Trace.Analysis.Sql;

/// <summary>The keywords of a dialect, and the names of character sets.</summary>
public sealed class SqlKeywords
{
    private const string Charsets = """
        ARMSCII8 ASCII BIG5 BINARY CP1250 CP1251 CP1256 CP1257 CP850 CP852 CP866 CP932 DEC8 EUCJPMS EUCKR GB18030
        GB2312 GBK GEOSTD8 GREEK HEBREW HP8 KEYBCS2 KOI8R KOI8U LATIN1 LATIN2 LATIN5 LATIN7 MACCE MACROMAN SJIS SWE7
        TIS620 UCS2 UJIS UTF16 UTF16LE UTF32 UTF8 UTF8MB3 UTF8MB4
        """;

    // Names of optimizer hints and of their strategies (MySQL manual, "Optimizer Hints").
    private const string HintWords = """
        BKA BNL DERIVED_CONDITION_PUSHDOWN DUPSWEEDOUT FIRSTMATCH GROUP_INDEX HASH_JOIN INDEX INDEX_MERGE INTOEXISTS
        JOIN_FIXED_ORDER JOIN_INDEX JOIN_ORDER JOIN_PREFIX JOIN_SUFFIX LOOSESCAN MATERIALIZATION MAX_EXECUTION_TIME
        MERGE MRR NO_BKA NO_BNL NO_DERIVED_CONDITION_PUSHDOWN NO_GROUP_INDEX NO_HASH_JOIN NO_ICP NO_INDEX
        NO_INDEX_MERGE NO_JOIN_INDEX NO_MERGE NO_MRR NO_ORDER_INDEX NO_RANGE_OPTIMIZATION NO_SEMIJOIN NO_SKIP_SCAN
        ORDER_INDEX QB_NAME RESOURCE_GROUP SEMIJOIN SET_VAR SKIP_SCAN SUBQUERY
        """;

    // Behind these an expression begins. Both servers fold a sign behind the first ones, MySQL alone behind the second.
    private const string BeforeSign = """
        AND AT BETWEEN CASE DEFAULT DIV ELSEIF ENDS EVERY IF INTERVAL LIKE MOD NOT OR RLIKE RETURN SELECT STARTS UNTIL
        WHEN WHILE XOR
        """;

    private const string BeforeSignInMySql = "ELSE THEN";

    private const string BeforeValue = BeforeSign + """
         ALL BINARY BY DISTINCTROW DO ELSE ESCAPE HAVING HIGH_PRIORITY ON SQL_BIG_RESULT SQL_BUFFER_RESULT
        SQL_CALC_FOUND_ROWS SQL_NO_CACHE SQL_SMALL_RESULT THEN WHERE
        """;

    private const string EndsByList = """
        EXCEPT FOR FROM GROUPS HAVING INTERSECT INTO LIMIT LOCK ON PROCEDURE QUALIFY RANGE ROWS SELECT SEPARATOR SET
        UNION WHERE WINDOW WITH
        """;

    private const string ContinuesExpression = "AND BETWEEN COLLATE DIV IN IS LIKE MEMBER MOD NOT OR RLIKE SOUNDS XOR";

    private const string BeforeHint = "DELETE INSERT REPLACE SELECT UPDATE";

    private static readonly SqlKeywords s_mySql = new(
        MySqlKeywords.Words, MySqlKeywords.Functions, BeforeSign + " " + BeforeSignInMySql);

    private static readonly SqlKeywords s_mariaDb = new(MariaDbKeywords.Words, MariaDbKeywords.Functions, BeforeSign);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_charsets = Set(Charsets);
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_hints = Set(HintWords);

    private readonly FrozenDictionary<string, SqlKeyword>.AlternateLookup<ReadOnlySpan<char>> _words;
    private readonly FrozenDictionary<string, SqlKeyword>.AlternateLookup<ReadOnlySpan<char>> _functions;

    private SqlKeywords(string words, string functions, string beforeSign)
    {
        var traits = new Dictionary<string, SqlTraits>(StringComparer.OrdinalIgnoreCase);
        foreach (var (list, trait) in (ReadOnlySpan<(string, SqlTraits)>)
        [
            (beforeSign, SqlTraits.BeforeSign), (BeforeValue, SqlTraits.BeforeValue), (EndsByList, SqlTraits.EndsByList),
            (ContinuesExpression, SqlTraits.ContinuesExpression), (BeforeHint, SqlTraits.BeforeHint),
        ])
        {
            foreach (var word in Split(list))
            {
                traits[word] = traits.GetValueOrDefault(word) | trait;
            }
        }

        _words = Table(words, traits);
        _functions = Table(functions, traits);
    }

    /// <summary>The keywords of a dialect.</summary>
    public static SqlKeywords Of(SqlDialect dialect) => dialect == SqlDialect.MariaDb ? s_mariaDb : s_mySql;

    /// <summary>True for a character set's name, in any case, without the underscore of its introducer.</summary>
    public static bool IsCharset(ReadOnlySpan<char> name) => s_charsets.Contains(name);

    /// <summary>The hint's name in capitals, or null when the word is none.</summary>
    internal static string? FindHint(ReadOnlySpan<char> word) => s_hints.TryGetValue(word, out var hint) ? hint : null;

    /// <summary>The keyword, or null when the word is an identifier.</summary>
    /// <param name="word">The word, in any case.</param>
    /// <param name="callFollows">True when "(" is the very next character.</param>
    internal SqlKeyword? Find(ReadOnlySpan<char> word, bool callFollows) =>
        _words.TryGetValue(word, out var keyword) ? keyword
        : callFollows && _functions.TryGetValue(word, out var function) ? function
        : null;

    private static FrozenDictionary<string, SqlKeyword>.AlternateLookup<ReadOnlySpan<char>> Table(
        string words, Dictionary<string, SqlTraits> traits)
    {
        var table = new Dictionary<string, SqlKeyword>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in Split(words))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            var spelling = entry[(equals + 1)..];
            table[equals < 0 ? entry : entry[..equals]] = new SqlKeyword(spelling, traits.GetValueOrDefault(spelling));
        }

        return table.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    private static FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Set(string words) =>
        Split(words).ToFrozenSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private static string[] Split(string words) =>
        words.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
