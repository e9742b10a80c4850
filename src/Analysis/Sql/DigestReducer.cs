// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>
/// Folds pieces as they come, by the rules of the servers' digests: value lists, rows, lists of rows, IN lists, signs.
/// A rule never looks past an identifier. What differs between the dialects is whether "IN (?)" is folded once more, and
/// behind what a sign belongs to a number (<see cref="SqlTraits.BeforeSign"/>).
/// </summary>
internal ref struct DigestReducer
{
    private readonly ReadOnlySpan<char> _source;
    private readonly Span<DigestPiece> _pieces;
    private readonly int _budget;
    private readonly bool _foldsIn;
    private int _cost;
    private int _barrier;

    public DigestReducer(ReadOnlySpan<char> source, Span<DigestPiece> pieces, int budget, SqlDialect dialect)
    {
        _source = source;
        _pieces = pieces;
        _budget = budget;
        _foldsIn = dialect == SqlDialect.MySql8;
    }

    public int Count { get; private set; }

    /// <summary>True once a piece had no room: what is there is a prefix.</summary>
    public bool Full { get; private set; }

    public readonly DigestPiece Last => Peek(1);

    public readonly DigestPiece BeforeLast => Peek(2);

    public void Add(DigestPiece piece)
    {
        if (piece.IsText(")"))
        {
            CloseRow(piece);
            return;
        }

        Push(piece);
        if (piece.IsName)
        {
            _barrier = Count;
        }
    }

    /// <summary>Adds a literal; a number takes the signs before it along.</summary>
    public void AddValue(bool isNumber)
    {
        while (isNumber && (Peek(1).IsText("-") || Peek(1).IsText("+")) && (Peek(2).Traits & SqlTraits.BeforeSign) != 0)
        {
            Pop();
        }

        var kind = DigestPieceKind.Value;
        if (Peek(1).IsText(",") && Peek(2).Kind is DigestPieceKind.Value or DigestPieceKind.ValueList)
        {
            Pop();
            Pop();
            kind = DigestPieceKind.ValueList;
        }

        Push(new DigestPiece(kind));
    }

    /// <summary>Drops the semicolons at the end.</summary>
    public void DropFinalSemicolons()
    {
        while (Count > 0 && _pieces[Count - 1].IsText(";"))
        {
            Pop();
        }
    }

    private void CloseRow(DigestPiece close)
    {
        var content = Peek(1).Kind;
        if (content is not (DigestPieceKind.Value or DigestPieceKind.ValueList) || !Peek(2).IsText("("))
        {
            Push(close);
            return;
        }

        Pop();
        Pop();
        var (row, list) = content == DigestPieceKind.Value
            ? (DigestPieceKind.RowSingle, DigestPieceKind.RowSingleList)
            : (DigestPieceKind.RowMultiple, DigestPieceKind.RowMultipleList);
        if (Peek(1).IsText(",") && (Peek(2).Kind == row || Peek(2).Kind == list))
        {
            Pop();
            Pop();
            row = list;
        }
        else if (_foldsIn && Peek(1).IsText("IN"))
        {
            Pop();
            row = DigestPieceKind.InList;
        }

        Push(new DigestPiece(row));
    }

    private readonly DigestPiece Peek(int back) => Count - back >= _barrier ? _pieces[Count - back] : default;

    private void Pop()
    {
        Count--;
        _cost -= _pieces[Count].Cost(_source);
    }

    private void Push(DigestPiece piece)
    {
        var cost = piece.Cost(_source);
        if (Full || cost > _budget - _cost || Count == _pieces.Length)
        {
            Full = true;
            return;
        }

        _pieces[Count++] = piece;
        _cost += cost;
    }
}
