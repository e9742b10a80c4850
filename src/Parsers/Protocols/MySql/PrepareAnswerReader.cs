// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Reads the answer to COM_STMT_PREPARE, payload by payload: its OK, then the definitions of the parameters and of the
/// columns, each with an EOF packet behind it unless DEPRECATE_EOF was negotiated. Where the login was not seen, the
/// EOF packet shows it. An ERR is read by <see cref="MySqlResponseReader"/>.
/// </summary>
internal sealed class PrepareAnswerReader
{
    private enum State : byte
    {
        First,
        Parameters,
        ParametersEnd,
        Columns,
        ColumnsEnd,
        EndsAlone,
    }

    private State _state;
    private int _left;          // definitions of the group being read
    private int _columnsToCome; // behind the parameters

    /// <summary>True when the OK is still to come.</summary>
    public bool IsFirst => _state == State.First;

    /// <summary>False: an EOF packet stands behind definitions. True: none does. Null: not known yet.</summary>
    public bool? DeprecateEof { get; private set; }

    /// <summary>A new answer begins; <paramref name="deprecateEof"/>: as negotiated, null when that was not seen.</summary>
    public void Begin(bool? deprecateEof)
    {
        _state = State.First;
        _left = _columnsToCome = 0;
        DeprecateEof = deprecateEof;
    }

    /// <summary>Takes the next payload, which is no ERR.</summary>
    public AnswerStep Accept(byte first, ReadOnlySpan<byte> prefix, long length, long missing, AnswerSummary summary)
    {
        var isEof = first == EofPayload.Header && length == EofPayload.Length;
        return _state switch
        {
            State.First => AcceptOk(prefix, summary),
            State.ParametersEnd when isEof => EndParameters(),
            State.ColumnsEnd when isEof => EndColumns(prefix, summary),
            State.EndsAlone when isEof => AcceptEnd(prefix, summary),
            State.ParametersEnd => AcceptWithoutEof(first, prefix, missing),
            State.Parameters or State.Columns => AcceptDefinition(first, prefix, missing),
            _ => AnswerStep.Invalid,
        };
    }

    private AnswerStep AcceptOk(ReadOnlySpan<byte> prefix, AnswerSummary summary)
    {
        if (!PrepareOkPayload.TryRead(prefix, out var ok))
        {
            return AnswerStep.Invalid;
        }

        summary.Prepared = ok;
        summary.Warnings = ok.Warnings;
        if (!ok.MetadataFollows)
        {
            return BeginEnds(ok);
        }

        _columnsToCome = ok.Columns;
        _left = ok.Parameters;
        if (_left == 0)
        {
            return BeginColumns();
        }

        _state = State.Parameters;
        return AnswerStep.More;
    }

    // Definitions are left out (resultset_metadata is NONE), the EOF packets behind them are not.
    private AnswerStep BeginEnds(in PrepareOkPayload ok)
    {
        _left = (ok.Parameters > 0 ? 1 : 0) + (ok.Columns > 0 ? 1 : 0);
        if (_left == 0 || DeprecateEof == true)
        {
            return AnswerStep.Done;
        }

        _state = State.EndsAlone;
        return DeprecateEof is null ? AnswerStep.DoneUnlessEof : AnswerStep.More;
    }

    private AnswerStep AcceptEnd(ReadOnlySpan<byte> prefix, AnswerSummary summary)
    {
        if (!EofPayload.TryRead(prefix, out var eof))
        {
            return AnswerStep.Invalid;
        }

        DeprecateEof = false;
        summary.Take(eof);
        return --_left > 0 ? AnswerStep.More : AnswerStep.Done;
    }

    private AnswerStep AcceptDefinition(byte first, ReadOnlySpan<byte> prefix, long missing)
    {
        if (first == EofPayload.Header || !Definition.Is(prefix, missing))
        {
            return AnswerStep.Invalid;
        }

        if (--_left > 0)
        {
            return AnswerStep.More;
        }

        if (DeprecateEof == true)
        {
            return _state == State.Parameters ? BeginColumns() : AnswerStep.Done;
        }

        var isLast = _state == State.Columns || _columnsToCome == 0;
        _state = _state == State.Parameters ? State.ParametersEnd : State.ColumnsEnd;
        return DeprecateEof is null && isLast ? AnswerStep.DoneUnlessEof : AnswerStep.More;
    }

    private AnswerStep EndParameters()
    {
        DeprecateEof = false;
        return BeginColumns();
    }

    private AnswerStep AcceptWithoutEof(byte first, ReadOnlySpan<byte> prefix, long missing)
    {
        if (DeprecateEof == false)
        {
            return AnswerStep.Invalid;
        }

        DeprecateEof = true;
        return BeginColumns() == AnswerStep.More ? AcceptDefinition(first, prefix, missing) : AnswerStep.Invalid;
    }

    private AnswerStep BeginColumns()
    {
        if (_columnsToCome == 0)
        {
            return AnswerStep.Done;
        }

        _left = _columnsToCome;
        _state = State.Columns;
        return AnswerStep.More;
    }

    private AnswerStep EndColumns(ReadOnlySpan<byte> prefix, AnswerSummary summary)
    {
        if (DeprecateEof == true || !EofPayload.TryRead(prefix, out var eof))
        {
            return AnswerStep.Invalid;
        }

        DeprecateEof = false;
        summary.Take(eof);
        return AnswerStep.Done;
    }
}
