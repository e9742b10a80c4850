// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Analysis.Sql;

/// <summary>
/// Cuts SQL text into pieces by the lexical rules of MySQL (manual, "Language Structure"). Loses nothing: the pieces
/// joined are the text. Takes any text and never throws.
/// </summary>
public ref struct SqlTokenizer
{
    private const ulong WordsBelow64 = 0x03ff_0010_0000_0000; // digits and $
    private const ulong WordsFrom64 = 0x07ff_fffe_87ff_fffe;  // letters and _

    private readonly ReadOnlySpan<char> _text;
    private readonly SqlQuoting _quoting;
    private readonly SqlDialect _dialect;
    private int _position;
    private bool _inExecutable;
    private SqlTokenKind _previous;
    private char _previousLast;

    /// <summary>Starts at the beginning of a text, or at an index in it.</summary>
    public SqlTokenizer(
        ReadOnlySpan<char> text, SqlQuoting quoting = SqlQuoting.Default, SqlDialect dialect = SqlDialect.MySql8, int start = 0)
    {
        _text = text;
        _quoting = quoting;
        _dialect = dialect;
        _position = start;
    }

    /// <summary>The next piece; <see cref="SqlTokenKind.End"/> when the text is over.</summary>
    public SqlToken Next()
    {
        if (_position >= _text.Length)
        {
            return new SqlToken(SqlTokenKind.End, _text.Length, 0);
        }

        var token = Read(_position);
        _position = token.End;
        _previous = token.Kind;
        _previousLast = _text[token.End - 1];
        return token;
    }

    // A bit for each character of ASCII: most of a statement is asked this.
    internal static bool IsWordCharacter(char c) => c >= 0x80 || (((c < 64 ? WordsBelow64 : WordsFrom64) >> c) & 1) != 0;

    private static bool IsBlank(char c) => c <= ' ' || c == '\x7f';

    private readonly char At(int index) => index < _text.Length ? _text[index] : '\0';

    private SqlToken Read(int start)
    {
        var c = _text[start];
        if (IsBlank(c))
        {
            return Blanks(start);
        }

        switch (c)
        {
            case '\'':
                return Quoted(SqlTokenKind.String, start, start, '\'', (_quoting & SqlQuoting.NoBackslashEscapes) == 0);
            case '"':
                return Quoted(SqlTokenKind.String, start, start, '"', _quoting == SqlQuoting.Default);
            case '`':
                return Quoted(SqlTokenKind.QuotedIdentifier, start, start, '`', escapes: false);
            case '?':
                return new SqlToken(SqlTokenKind.Parameter, start, 1);
            case '#':
                return LineComment(start);
            case '-' when At(start + 1) == '-' && (start + 2 >= _text.Length || IsBlank(_text[start + 2])):
                return LineComment(start);
            case '/' when At(start + 1) == '*':
                return BlockComment(start);
            case '*' when _inExecutable && At(start + 1) == '/':
                _inExecutable = false;
                return new SqlToken(SqlTokenKind.ExecutableMark, start, 2);
            case '.' when char.IsAsciiDigit(At(start + 1)) && !FollowsName():
                return Number(start);
        }

        if (_previousLast == '@' && _previous == SqlTokenKind.Operator && (IsWordCharacter(c) || c == '.') && !FollowsTwoAts())
        {
            return Characters(SqlTokenKind.VariableName, start, withDots: true);
        }

        if (char.IsAsciiDigit(c) && !(_previousLast == '.' && _previous == SqlTokenKind.Operator))
        {
            return Number(start);
        }

        return IsWordCharacter(c) ? Word(start) : Operator(start);
    }

    private readonly bool FollowsName() =>
        _previous is SqlTokenKind.Word or SqlTokenKind.QuotedIdentifier or SqlTokenKind.VariableName;

    private readonly bool FollowsTwoAts() => _position >= 2 && _text[_position - 2] == '@';

    private readonly SqlToken Blanks(int start)
    {
        var end = start + 1;
        while (end < _text.Length && IsBlank(_text[end]))
        {
            end++;
        }

        return new SqlToken(SqlTokenKind.Whitespace, start, end - start);
    }

    private readonly SqlToken Characters(SqlTokenKind kind, int start, bool withDots = false)
    {
        var end = start + 1;
        while (end < _text.Length && (IsWordCharacter(_text[end]) || (withDots && _text[end] == '.')))
        {
            end++;
        }

        return new SqlToken(kind, start, end - start);
    }

    private readonly SqlToken Quoted(SqlTokenKind kind, int start, int quoteAt, char quote, bool escapes)
    {
        var i = quoteAt + 1;
        while (i < _text.Length)
        {
            var rest = _text[i..];
            var next = escapes ? rest.IndexOfAny(quote, '\\') : rest.IndexOf(quote);
            if (next < 0)
            {
                break;
            }

            i += next;
            if (_text[i] != quote)
            {
                i += 2;
            }
            else if (At(i + 1) == quote)
            {
                i += 2;
            }
            else
            {
                return new SqlToken(kind, start, i + 1 - start);
            }
        }

        return new SqlToken(kind, start, _text.Length - start, Terminated: false);
    }

    private readonly SqlToken LineComment(int start)
    {
        var length = _text[start..].IndexOf('\n');
        return new SqlToken(SqlTokenKind.Comment, start, length < 0 ? _text.Length - start : length);
    }

    private SqlToken BlockComment(int start)
    {
        if (!_inExecutable && ExecutableMark(start) is { Length: > 0 } mark)
        {
            _inExecutable = true;
            return mark;
        }

        var close = start + 2 <= _text.Length ? _text[(start + 2)..].IndexOf("*/") : -1;
        return close < 0
            ? new SqlToken(SqlTokenKind.Comment, start, _text.Length - start, Terminated: false)
            : new SqlToken(SqlTokenKind.Comment, start, close + 4);
    }

    /// <summary>The beginning of a comment whose text the server runs; empty for any other comment.</summary>
    private readonly SqlToken ExecutableMark(int start)
    {
        var mark = start + 2;
        var isMariaDb = _dialect == SqlDialect.MariaDb;
        var isOwn = isMariaDb && At(mark) == 'M';
        mark += isOwn ? 1 : 0;
        if (At(mark) != '!')
        {
            return default;
        }

        var end = mark + 1;
        while (end < _text.Length && end - mark <= 6 && char.IsAsciiDigit(_text[end]))
        {
            end++;
        }

        if (end - mark <= 5)
        {
            // Fewer than five digits are no version but text.
            return new SqlToken(SqlTokenKind.ExecutableMark, start, mark + 1 - start);
        }

        // The server's own version is not asked for: every one that a server of the dialect may have is taken to be
        // reached. 99999 is the usual way to write "never". MariaDB leaves out what is meant for MySQL 5.7 and later.
        var version = int.Parse(_text[(mark + 1)..end], NumberStyles.None, CultureInfo.InvariantCulture);
        var runs = isMariaDb ? version is < 50700 or (>= 100000 and < 200000) || (isOwn && version < 99999) : version < 99999;
        return runs ? new SqlToken(SqlTokenKind.ExecutableMark, start, end - start) : default;
    }

    private readonly SqlToken Word(int start)
    {
        if (At(start + 1) == '\'' && _text[start] is 'n' or 'N' or 'x' or 'X' or 'b' or 'B')
        {
            return Quoted(SqlTokenKind.String, start, start + 1, '\'', (_quoting & SqlQuoting.NoBackslashEscapes) == 0);
        }

        var word = Characters(SqlTokenKind.Word, start);
        return _text[start] == '_' && SqlKeywords.IsCharset(word.In(_text)[1..])
            ? word with { Kind = SqlTokenKind.CharsetIntroducer }
            : word;
    }

    private readonly SqlToken Number(int start)
    {
        var i = start;
        if (_text[start] == '0' && At(start + 1) is 'x' or 'b')
        {
            var hex = _text[start + 1] == 'x';
            i = start + 2;
            while (i < _text.Length && (hex ? char.IsAsciiHexDigit(_text[i]) : _text[i] is '0' or '1'))
            {
                i++;
            }

            return i > start + 2 && !IsWordCharacter(At(i))
                ? new SqlToken(SqlTokenKind.Number, start, i - start)
                : Characters(SqlTokenKind.Word, start);
        }

        i = Digits(start);
        var integer = i > start;
        var fraction = At(i) == '.';
        if (fraction)
        {
            i = Digits(i + 1);
        }

        if (At(i) is 'e' or 'E')
        {
            var exponent = At(i + 1) is '+' or '-' ? i + 2 : i + 1;
            if (char.IsAsciiDigit(At(exponent)))
            {
                i = Digits(exponent);
            }
        }

        // A word may begin with digits; one with a fraction may not.
        return integer && !fraction && IsWordCharacter(At(i))
            ? Characters(SqlTokenKind.Word, start)
            : new SqlToken(SqlTokenKind.Number, start, i - start);
    }

    private readonly int Digits(int i)
    {
        while (i < _text.Length && char.IsAsciiDigit(_text[i]))
        {
            i++;
        }

        return i;
    }

    private readonly SqlToken Operator(int start)
    {
        var rest = _text[start..];
        var length = rest.StartsWith("<=>") || rest.StartsWith("->>") ? 3
            : rest.Length >= 2 && rest[..2] is "<=" or ">=" or "<>" or "!=" or "<<" or ">>" or ":=" or "&&" or "||" or "->" ? 2
            : 1;
        return new SqlToken(SqlTokenKind.Operator, start, length);
    }
}
