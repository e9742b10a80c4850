// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;

namespace L7Trace.Analysis.SlowSql;

/// <summary>What a statement does to the transaction of its session, as far as its words tell.</summary>
internal enum TransactionWord : byte
{
    /// <summary>Nothing that its words tell.</summary>
    None,

    /// <summary>BEGIN, START TRANSACTION, XA START.</summary>
    Begin,

    /// <summary>COMMIT.</summary>
    Commit,

    /// <summary>ROLLBACK (not to a savepoint).</summary>
    Rollback,

    /// <summary>COMMIT AND CHAIN.</summary>
    CommitAndChain,

    /// <summary>ROLLBACK AND CHAIN.</summary>
    RollbackAndChain,
}

/// <summary>Reads the first words of a statement.</summary>
internal static class TransactionWords
{
    private const int MostWords = 6;

    /// <summary>What the statement does.</summary>
    public static TransactionWord Of(string? text)
    {
        if (text is null || !MayBegin(text))
        {
            return TransactionWord.None;
        }

        Span<Range> words = stackalloc Range[MostWords];
        var count = 0;
        var tokenizer = new SqlTokenizer(text);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End && count < MostWords; token = tokenizer.Next())
        {
            if (token.Kind == SqlTokenKind.Word)
            {
                words[count++] = token.Start..token.End;
            }
            else if (token.Kind is not (SqlTokenKind.Whitespace or SqlTokenKind.Comment))
            {
                break;
            }
        }

        return Read(text, words[..count]);
    }

    // Most statements are told by their first letter.
    private static bool MayBegin(string text)
    {
        foreach (var c in text)
        {
            if (c > ' ')
            {
                return c is 'B' or 'b' or 'S' or 's' or 'C' or 'c' or 'R' or 'r' or 'X' or 'x' or '/' or '#' or '-';
            }
        }

        return false;
    }

    private static TransactionWord Read(string text, ReadOnlySpan<Range> words)
    {
        if (words.IsEmpty)
        {
            return TransactionWord.None;
        }

        if (Is(text, words, 0, "BEGIN"))
        {
            return words.Length > 1 && !Is(text, words, 1, "WORK") ? TransactionWord.None : TransactionWord.Begin;
        }

        if (Is(text, words, 0, "START"))
        {
            return Is(text, words, 1, "TRANSACTION") ? TransactionWord.Begin : TransactionWord.None;
        }

        if (Is(text, words, 0, "XA"))
        {
            return Is(text, words, 1, "START") || Is(text, words, 1, "BEGIN") ? TransactionWord.Begin
                : Is(text, words, 1, "COMMIT") ? TransactionWord.Commit
                : Is(text, words, 1, "ROLLBACK") ? TransactionWord.Rollback
                : TransactionWord.None;
        }

        var at = Is(text, words, 1, "WORK") ? 2 : 1;
        var chain = Is(text, words, at, "AND") && Is(text, words, at + 1, "CHAIN");
        if (Is(text, words, 0, "COMMIT"))
        {
            return chain ? TransactionWord.CommitAndChain : TransactionWord.Commit;
        }

        return !Is(text, words, 0, "ROLLBACK") || Is(text, words, at, "TO") ? TransactionWord.None
            : chain ? TransactionWord.RollbackAndChain
            : TransactionWord.Rollback;
    }

    private static bool Is(string text, ReadOnlySpan<Range> words, int index, string word) =>
        index < words.Length && text.AsSpan(words[index]).Equals(word, StringComparison.OrdinalIgnoreCase);
}
