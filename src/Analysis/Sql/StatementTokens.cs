// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>The tokens of one statement of a digest, without blanks and comments. In a digest words are keywords, and names are quoted.</summary>
/// <param name="text">The digest.</param>
/// <param name="tokens">Those of the statement.</param>
internal readonly ref struct StatementTokens(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens)
{
    private readonly ReadOnlySpan<char> _text = text;
    private readonly ReadOnlySpan<SqlToken> _tokens = tokens;

    public int Count => _tokens.Length;

    /// <summary>The statement's text, without blanks at its ends.</summary>
    public ReadOnlySpan<char> Text => Count == 0 ? default : _text[_tokens[0].Start.._tokens[^1].End];

    /// <summary>What the token is; <see cref="SqlTokenKind.End"/> behind the last one.</summary>
    public SqlTokenKind KindAt(int index) => index < Count ? _tokens[index].Kind : SqlTokenKind.End;

    public ReadOnlySpan<char> At(int index) => index < Count ? _tokens[index].In(_text) : default;

    public bool IsWord(int index) => KindAt(index) == SqlTokenKind.Word;

    public bool IsWord(int index, string word) => IsWord(index) && At(index).Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>True when it is any of the words, which stand in capitals.</summary>
    public bool IsAnyWord(int index, HashSet<string> words) => IsWord(index) && words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(At(index));

    public bool IsName(int index) => KindAt(index) == SqlTokenKind.QuotedIdentifier;

    /// <summary>A name without its quotes, or a word.</summary>
    public ReadOnlySpan<char> NameAt(int index) => At(index).Trim('`');

    public bool IsOperator(int index, char what) => KindAt(index) == SqlTokenKind.Operator && At(index) is [var only] && only == what;

    /// <summary>The first of the words that stands in no parentheses from the index on; -1 for none.</summary>
    public int Find(int start, HashSet<string> words)
    {
        var depth = 0;
        for (var i = start; i < Count; i++)
        {
            depth += IsOperator(i, '(') ? 1 : IsOperator(i, ')') ? -1 : 0;
            if (depth == 0 && IsAnyWord(i, words))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>True when the word stands anywhere, in parentheses too.</summary>
    public bool HasWord(string word)
    {
        for (var i = 0; i < Count; i++)
        {
            if (IsWord(i, word))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when a system variable is named: "@@".</summary>
    public bool HasSystemVariable()
    {
        foreach (var token in _tokens)
        {
            if (token.Kind == SqlTokenKind.Operator && token.Start > 0 && _text[token.Start] == '@' && _text[token.Start - 1] == '@')
            {
                return true;
            }
        }

        return false;
    }
}
