// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Export.Where;

/// <summary>Cuts an expression into tokens. Words are what needs no quotes: names, numbers, durations, addresses.</summary>
internal sealed class WhereLexer(string text)
{
    private static readonly string[] s_operators = ["&&", "||", "==", "!=", "!~", "<=", ">=", "<", ">", "~", "!", "(", ")", ","];

    /// <summary>The tokens, an end token last; null with an error.</summary>
    public List<WhereToken>? Read(out WhereError? error)
    {
        error = null;
        var tokens = new List<WhereToken>();
        var position = 0;
        while (true)
        {
            while (position < text.Length && char.IsWhiteSpace(text[position]))
            {
                position++;
            }

            if (position == text.Length)
            {
                tokens.Add(new WhereToken(WhereTokenKind.End, position, ""));
                return tokens;
            }

            var begin = position;
            if (text[position] is '"' or '\'')
            {
                if (Quoted(ref position) is not { } value)
                {
                    error = new WhereError(begin, $"the {text[begin]} is never closed");
                    return null;
                }

                tokens.Add(new WhereToken(WhereTokenKind.Quoted, begin, value));
            }
            else if (IsWordCharacter(text[position]))
            {
                while (position < text.Length && IsWordCharacter(text[position]))
                {
                    position++;
                }

                tokens.Add(Word(begin, text[begin..position]));
            }
            else if (Foreign(text.AsSpan(position)) is { } advice)
            {
                error = new WhereError(begin, advice);
                return null;
            }
            else if (Array.Find(s_operators, sign => text.AsSpan(begin).StartsWith(sign, StringComparison.Ordinal)) is { } found)
            {
                position += found.Length;
                tokens.Add(new WhereToken(KindOf(found), begin, found));
            }
            else
            {
                error = new WhereError(begin, "this sign has no meaning here; text with such signs needs quotes");
                return null;
            }
        }
    }

    private static WhereToken Word(int position, string word)
    {
        var kind = word.ToLowerInvariant() switch
        {
            "and" => WhereTokenKind.And,
            "or" => WhereTokenKind.Or,
            "not" => WhereTokenKind.Not,
            "in" => WhereTokenKind.In,
            _ => WhereTokenKind.Word,
        };
        return new WhereToken(kind, position, word);
    }

    private static WhereTokenKind KindOf(string sign) => sign switch
    {
        "&&" => WhereTokenKind.And,
        "||" => WhereTokenKind.Or,
        "!" => WhereTokenKind.Not,
        "(" => WhereTokenKind.Open,
        ")" => WhereTokenKind.Close,
        "," => WhereTokenKind.Comma,
        _ => WhereTokenKind.Compare,
    };

    // Other languages' signs, answered with ours.
    private static string? Foreign(ReadOnlySpan<char> rest)
    {
        var (sign, ours) = rest switch
        {
            ['=', '=', '=', ..] => ("===", "=="),
            ['=', '~', ..] => ("=~", "~"),
            ['=', '=', ..] => ("", ""),
            ['=', ..] => ("=", "=="),
            ['<', '>', ..] => ("<>", "!="),
            ['&', '&', ..] or ['|', '|', ..] => ("", ""),
            ['&', ..] => ("&", "&&"),
            ['|', ..] => ("|", "||"),
            _ => ("", ""),
        };
        return sign.Length == 0 ? null : $"there is no {sign}; write {ours}";
    }

    private static bool IsWordCharacter(char c) => char.IsLetterOrDigit(c) || c is '_' or '.' or '-' or ':' or '+' or '/' or '@' or '%' or '^';

    // A backslash stands before a quote or a backslash, or makes n, r, t a line end or tab; before anything else it is
    // itself, so that regular expressions need no doubling.
    private string? Quoted(ref int position)
    {
        var quote = text[position++];
        var value = new StringBuilder();
        while (position < text.Length)
        {
            var c = text[position++];
            if (c == quote)
            {
                return value.ToString();
            }

            if (c == '\\' && position < text.Length && Escape(text[position]) is { } meant)
            {
                position++;
                c = meant;
            }

            value.Append(c);
        }

        return null;
    }

    private static char? Escape(char c) => c switch
    {
        '"' or '\'' or '\\' => c,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => null,
    };
}
