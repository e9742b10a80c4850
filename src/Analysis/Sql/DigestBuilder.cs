// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>Turns the tokens of a statement into the pieces of its digest.</summary>
internal ref struct DigestBuilder
{
    // A number in ORDER BY or GROUP BY is shown only while it can be a column's: tables have 4,096 at most.
    public const int MaxColumnDigits = 4;

    private readonly string _text;
    private readonly SqlQuoting _quoting;
    private readonly SqlDialect _dialect;
    private readonly SqlKeywords _keywords;
    private readonly SqlOperators _operators;
    private DigestReducer _reducer;
    private SqlTokenizer _tokenizer;
    private bool _hintMayFollow;
    private int _depth;
    private ulong _byLists; // a bit for each depth of parentheses whose ORDER BY or GROUP BY list goes on

    public DigestBuilder(string text, SqlQuoting quoting, SqlDialect dialect, Span<DigestPiece> pieces, int maxLength)
    {
        _text = text;
        _quoting = quoting;
        _dialect = dialect;
        _keywords = SqlKeywords.Of(dialect);
        _operators = SqlOperators.Of(dialect);
        _reducer = new DigestReducer(text, pieces, maxLength, dialect);
        _tokenizer = new SqlTokenizer(text, quoting, dialect);
    }

    /// <summary>Reads it all; gives the number of pieces, and whether some had no room.</summary>
    public int Run(bool cut, out bool full)
    {
        for (var token = _tokenizer.Next(); token.Kind != SqlTokenKind.End && !_reducer.Full; token = _tokenizer.Next())
        {
            if (token.Kind == SqlTokenKind.Whitespace)
            {
                continue;
            }

            var hint = _hintMayFollow;
            _hintMayFollow = false;
            if (token.Kind != SqlTokenKind.Comment)
            {
                Add(token);
            }
            else if (hint && token.Terminated && _text.AsSpan(token.Start).StartsWith("/*+"))
            {
                AddHint(token);
            }
        }

        full = _reducer.Full;
        if (!cut && !full)
        {
            _reducer.DropFinalSemicolons();
        }

        return _reducer.Count;
    }

    private void Add(SqlToken token)
    {
        switch (token.Kind)
        {
            case SqlTokenKind.Word:
                AddWord(token);
                break;
            case SqlTokenKind.QuotedIdentifier when token.Terminated:
                _reducer.Add(new DigestPiece(DigestPieceKind.QuotedIdentifier, Start: token.Start + 1, Length: token.Length - 2));
                break;
            case SqlTokenKind.Number when IsColumnNumber(token):
                _reducer.Add(new DigestPiece(DigestPieceKind.ColumnNumber, Start: token.Start, Length: token.Length));
                break;
            case SqlTokenKind.Number:
                _reducer.AddValue(isNumber: true);
                break;
            case SqlTokenKind.String when _text[token.Start] is 'x' or 'X' && _dialect == SqlDialect.MariaDb:
                _reducer.Add(new DigestPiece(DigestPieceKind.Fixed, "(unknown)")); // the name that MariaDB's tables lack
                break;
            case SqlTokenKind.String:
                _reducer.AddValue(isNumber: _text[token.Start] is 'x' or 'X' or 'b' or 'B');
                break;
            case SqlTokenKind.Parameter or SqlTokenKind.QuotedIdentifier or SqlTokenKind.VariableName:
                _reducer.AddValue(isNumber: false);
                break;
            case SqlTokenKind.CharsetIntroducer:
                _reducer.Add(new DigestPiece(DigestPieceKind.Fixed, "(_charset)"));
                break;
            case SqlTokenKind.Operator when _text[token.Start] == '\\' && token.End < _text.Length && _text[token.End] == 'N':
                _tokenizer.Next(); // \N is NULL
                AddNull(new SqlKeyword("NULL", SqlTraits.None));
                break;
            case SqlTokenKind.Operator:
                AddOperator(token);
                break;
        }
    }

    private void AddOperator(SqlToken token)
    {
        switch (_text[token.Start])
        {
            case '(':
                _depth++;
                _byLists &= ~Bit;
                break;
            case ')':
                _byLists &= ~Bit;
                _depth -= _depth > 0 ? 1 : 0;
                break;
            case ';':
                _byLists = 0;
                _depth = 0;
                break;
        }

        _reducer.Add(new DigestPiece(_operators.Find(token.In(_text))));
        if (_text[token.Start] == '@' && token.End < _text.Length && char.IsWhiteSpace(_text[token.End]))
        {
            _reducer.AddValue(isNumber: false); // to the server a name without characters
        }
    }

    private void AddWord(SqlToken token)
    {
        var word = token.In(_text);
        var next = token.End < _text.Length ? _text[token.End] : '\0';
        var qualifies = next == '.' && token.End + 1 < _text.Length && SqlTokenizer.IsWordCharacter(_text[token.End + 1]);
        var isVariable = token.Start >= 2 && _text[token.Start - 1] == '@' && _text[token.Start - 2] == '@';
        var isQualified = token.Start >= 1 && _text[token.Start - 1] == '.';
        var keyword = isQualified || (qualifies && !isVariable) ? null : _keywords.Find(word, next == '(');
        if (char.IsAsciiDigit(word[0]) && !isQualified)
        {
            // By the letter a name, but a mistyped number looks the same.
            _reducer.AddValue(isNumber: false);
        }
        else if (keyword is null)
        {
            _reducer.Add(new DigestPiece(DigestPieceKind.Identifier, Start: token.Start, Length: token.Length));
        }
        else if (keyword.Text == "NULL")
        {
            AddNull(keyword);
        }
        else
        {
            AddKeyword(keyword);
        }
    }

    private void AddKeyword(SqlKeyword keyword)
    {
        if (keyword.Text == "BY")
        {
            _byLists |= _reducer.Last.IsText("ORDER") || _reducer.Last.IsText("GROUP") || _reducer.Last.IsText("PARTITION") ? Bit : 0;
        }
        else if ((keyword.Traits & SqlTraits.EndsByList) != 0)
        {
            _byLists &= ~Bit;
        }

        _hintMayFollow = _dialect == SqlDialect.MySql8 && (keyword.Traits & SqlTraits.BeforeHint) != 0;
        _reducer.Add(new DigestPiece(keyword));
    }

    private readonly ulong Bit => _depth < 64 ? 1UL << _depth : 0;

    /// <summary>NULL is a value where an expression is, and a keyword behind IS, NOT and a column's type.</summary>
    private void AddNull(SqlKeyword keyword)
    {
        var last = _reducer.Last;
        var isValue = (last.Traits & SqlTraits.BeforeValue) != 0
            && (!last.IsText("NOT") || (_reducer.BeforeLast.Traits & SqlTraits.BeforeValue) != 0);
        if (isValue)
        {
            _reducer.AddValue(isNumber: false);
        }
        else
        {
            _reducer.Add(new DigestPiece(keyword));
        }
    }

    /// <summary>MySQL keeps the number of a column in ORDER BY and GROUP BY, where it is all of an element.</summary>
    private readonly bool IsColumnNumber(SqlToken token)
    {
        if (_dialect != SqlDialect.MySql8 || (_byLists & Bit) == 0 || token.Length > MaxColumnDigits
            || token.In(_text).ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        // A value and a comma before it have made a list of the two already.
        var last = _reducer.Last;
        if (!last.IsText("BY") && !(last.IsText(",") && _reducer.BeforeLast.Kind is not (DigestPieceKind.Value or DigestPieceKind.ValueList)))
        {
            return false;
        }

        var ahead = _tokenizer;
        var next = ahead.Next();
        while (next.Kind is SqlTokenKind.Whitespace or SqlTokenKind.Comment)
        {
            next = ahead.Next();
        }

        return next.Kind switch
        {
            SqlTokenKind.End or SqlTokenKind.ExecutableMark => true,
            SqlTokenKind.Operator => (_operators.Find(next.In(_text)).Traits & SqlTraits.ContinuesExpression) == 0,
            SqlTokenKind.Word => _keywords.Find(next.In(_text), callFollows: false) is { } keyword
                && (keyword.Traits & SqlTraits.ContinuesExpression) == 0,
            _ => false,
        };
    }

    /// <summary>An optimizer hint: MySQL has its names, and what they apply to, in the digest.</summary>
    private void AddHint(SqlToken comment)
    {
        var tokenizer = new SqlTokenizer(_text.AsSpan(0, comment.End - 2), _quoting, _dialect, comment.Start + 3);
        var any = false;
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            if (token.Kind is SqlTokenKind.Whitespace or SqlTokenKind.Comment)
            {
                continue;
            }

            if (!any)
            {
                any = true;
                _reducer.Add(new DigestPiece(DigestPieceKind.Fixed, "/*+"));
            }

            AddHintToken(token);
        }

        if (any)
        {
            _reducer.Add(new DigestPiece(DigestPieceKind.Fixed, "*/"));
        }
    }

    private void AddHintToken(SqlToken token)
    {
        switch (token.Kind)
        {
            case SqlTokenKind.Word when char.IsAsciiDigit(_text[token.Start]):
            case SqlTokenKind.Number or SqlTokenKind.String or SqlTokenKind.Parameter:
            case SqlTokenKind.QuotedIdentifier when !token.Terminated:
                _reducer.AddValue(isNumber: false);
                break;
            case SqlTokenKind.Word or SqlTokenKind.CharsetIntroducer or SqlTokenKind.VariableName:
                var hint = token.Kind == SqlTokenKind.Word ? SqlKeywords.FindHint(token.In(_text)) : null;
                _reducer.Add(hint is not null
                    ? new DigestPiece(DigestPieceKind.Fixed, hint)
                    : new DigestPiece(
                        _text[token.End] == '@' ? DigestPieceKind.IdentifierAt : DigestPieceKind.Identifier,
                        Start: token.Start, Length: token.Length));
                break;
            case SqlTokenKind.QuotedIdentifier:
                _reducer.Add(new DigestPiece(DigestPieceKind.QuotedIdentifier, Start: token.Start + 1, Length: token.Length - 2));
                break;
            case SqlTokenKind.Operator:
                _reducer.Add(new DigestPiece(_operators.Find(token.In(_text))));
                break;
        }
    }
}
