// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Reads the server's answer to one command, payload by payload; counts columns and rows and keeps none. One per
/// connection, begun anew for every answer. MySQL source documentation, "Command Phase"; where the login was not
/// seen, the shape of the packets tells what was negotiated: an EOF packet has 5 bytes, an OK packet at least 7.
/// </summary>
internal sealed class MySqlResponseReader(ParseLimits limits)
{
    private const int KeepWhole = 4096;
    private const int KeepDefinition = 4;

    // string<lenenc> "def": the catalog, with which every column definition begins.
    private static ReadOnlySpan<byte> DefinitionStart => [0x03, (byte)'d', (byte)'e', (byte)'f'];

    private enum State : byte
    {
        First,
        Definitions,
        DefinitionsEnd,
        Rows,
        ParameterDefinitions,
        ParameterDefinitionsEnd,
        AfterLocalFile,
    }

    private AnswerKind _kind;
    private State _state;
    private int _definitionsLeft;
    private int _columnsToCome; // of a PREPARE, behind the parameters
    private bool? _deprecateEof;
    private bool? _sessionTrack;

    /// <summary>True when the rows of all result sets were counted.</summary>
    public bool IsRowCountKnown { get; private set; }

    public long Rows { get; private set; }

    public int ResultSets { get; private set; }

    public ulong? AffectedRows { get; private set; }

    public ulong? LastInsertId { get; private set; }

    public ushort? Warnings { get; private set; }

    public MySqlServerStatus? Status { get; private set; }

    public string? Schema { get; private set; }

    public ErrPayload? Error { get; private set; }

    public PrepareOkPayload? Prepared { get; private set; }

    /// <summary>True once the server has asked for a local file.</summary>
    public bool AskedForFile { get; private set; }

    /// <summary>True while the server waits for the client's file: the next answer continues any sequence.</summary>
    public bool IsAwaitingFile => _state == State.AfterLocalFile;

    /// <summary>True while authentication goes to and fro: the client's packets stand in the sequence too.</summary>
    public bool IsLogin => _kind == AnswerKind.Login;

    /// <summary>True when the next payload is a row or what ends the rows.</summary>
    public bool IsInRows => _state == State.Rows;

    /// <summary>An EOF packet of 5 bytes was seen in this answer, or one was shown to be absent; else null.</summary>
    public bool? DeprecateEof => _deprecateEof;

    /// <summary>A new answer begins. <paramref name="capabilities"/>: null when the login was not seen.</summary>
    public void Begin(AnswerKind kind, MySqlCapabilities? capabilities)
    {
        _kind = kind;
        _state = kind switch
        {
            AnswerKind.Fetch => State.Rows,
            AnswerKind.FieldList => State.Definitions,
            _ => State.First,
        };
        _definitionsLeft = kind == AnswerKind.FieldList ? int.MaxValue : 0;
        _columnsToCome = 0;
        _deprecateEof = capabilities is { } flags ? (flags & MySqlCapabilities.DeprecateEof) != 0 : null;
        _sessionTrack = capabilities is { } known ? (known & MySqlCapabilities.SessionTrack) != 0 : null;
        IsRowCountKnown = true;
        Rows = 0;
        ResultSets = 0;
        AffectedRows = null;
        LastInsertId = null;
        Warnings = null;
        Status = null;
        Schema = null;
        Error = null;
        Prepared = null;
        AskedForFile = false;
    }

    /// <summary>Rows are missing: what follows are rows, or what ends them, and their number is not known.</summary>
    public void ContinueInRows()
    {
        _state = State.Rows;
        IsRowCountKnown = false;
    }

    /// <summary>How many bytes of a payload that begins so are wanted.</summary>
    public int KeepFor(byte first, int packetLength)
    {
        var isMarker = first == ErrPayload.Header || (first == EofPayload.Header && packetLength < PacketHeader.MaxLength);
        return _state switch
        {
            State.Rows => isMarker ? KeepWhole : 0,
            State.Definitions or State.ParameterDefinitions => isMarker ? KeepWhole : KeepDefinition,
            State.DefinitionsEnd or State.ParameterDefinitionsEnd => isMarker ? KeepWhole : KeepDefinition,
            _ when _kind == AnswerKind.Login => first is OkPayload.Header or ErrPayload.Header ? KeepWhole : 0,
            _ when _kind == AnswerKind.Text => isMarker ? KeepWhole : 0,
            _ => KeepWhole,
        };
    }

    /// <summary>Takes the next payload: its first byte, its kept prefix, its whole length, and how much of it is missing.</summary>
    public AnswerStep Accept(byte first, ReadOnlySpan<byte> prefix, long length, long missing)
    {
        if (length == 0)
        {
            return _kind == AnswerKind.Login && _state == State.First ? AnswerStep.More : AnswerStep.Invalid;
        }

        if (first == ErrPayload.Header && length < PacketHeader.MaxLength)
        {
            return AcceptError(prefix);
        }

        return _state switch
        {
            State.Rows => AcceptRow(first, prefix, length),
            State.Definitions => AcceptDefinition(first, prefix, length, missing),
            State.DefinitionsEnd => AcceptDefinitionsEnd(first, prefix, length),
            State.ParameterDefinitions => AcceptParameter(first, prefix, missing),
            State.ParameterDefinitionsEnd => AcceptParametersEnd(first, prefix, length, missing),
            State.AfterLocalFile => first == OkPayload.Header ? AcceptOk(prefix) : AnswerStep.Invalid,
            _ => AcceptFirst(first, prefix, length),
        };
    }

    private AnswerStep AcceptFirst(byte first, ReadOnlySpan<byte> prefix, long length)
    {
        switch (_kind)
        {
            case AnswerKind.Login:
                // 0xfe switches the method, 0x01 and 0x02 go on with it; old methods send bare bytes.
                return first == OkPayload.Header && length >= OkPayload.MinLength ? AcceptOk(prefix) : AnswerStep.More;

            case AnswerKind.Text:
                return AnswerStep.Done;

            case AnswerKind.Prepare:
                return AcceptPrepareOk(prefix);

            case AnswerKind.Simple when first == EofPayload.Header:
                return AcceptEnd(prefix, length);

            case AnswerKind.ResultSet when first == 0xfb:
                AskedForFile = true;
                _state = State.AfterLocalFile;
                return AnswerStep.More;
        }

        if (first == OkPayload.Header)
        {
            return AcceptOk(prefix);
        }

        return _kind == AnswerKind.ResultSet && prefix.Length == length ? AcceptColumnCount(prefix) : AnswerStep.Invalid;
    }

    private AnswerStep AcceptColumnCount(ReadOnlySpan<byte> prefix)
    {
        if (!ColumnCountPayload.TryRead(prefix, out var count))
        {
            return AnswerStep.Invalid;
        }

        ResultSets++;
        _definitionsLeft = count.MetadataFollows ? count.Columns : 0;
        _state = _definitionsLeft > 0 ? State.Definitions : State.DefinitionsEnd;
        return AnswerStep.More;
    }

    private AnswerStep AcceptDefinition(byte first, ReadOnlySpan<byte> prefix, long length, long missing)
    {
        if (_kind == AnswerKind.FieldList && first == EofPayload.Header)
        {
            return AcceptEnd(prefix, length);
        }

        if (!IsDefinition(prefix, missing))
        {
            return AnswerStep.Invalid;
        }

        if (--_definitionsLeft > 0)
        {
            return AnswerStep.More;
        }

        if (_kind == AnswerKind.Prepare)
        {
            return EndOfPrepareDefinitions();
        }

        _state = _deprecateEof == true ? State.Rows : State.DefinitionsEnd;
        return AnswerStep.More;
    }

    // Between definitions and rows: an EOF packet, nothing, or (no rows, DEPRECATE_EOF) the end already.
    private AnswerStep AcceptDefinitionsEnd(byte first, ReadOnlySpan<byte> prefix, long length)
    {
        if (first == EofPayload.Header && length == EofPayload.Length && _deprecateEof != true)
        {
            if (!EofPayload.TryRead(prefix, out var eof))
            {
                return AnswerStep.Invalid;
            }

            _deprecateEof = false;
            Status = eof.Status;
            Warnings = eof.Warnings;
            if (_kind == AnswerKind.Prepare)
            {
                return AnswerStep.Done;
            }

            _state = State.Rows;
            return (eof.Status & MySqlServerStatus.CursorExists) != 0 ? AnswerStep.Done : AnswerStep.More;
        }

        if (_deprecateEof == false || _kind == AnswerKind.Prepare)
        {
            return AnswerStep.Invalid;
        }

        _deprecateEof = true;
        _state = State.Rows;
        return AcceptRow(first, prefix, length);
    }

    private AnswerStep AcceptRow(byte first, ReadOnlySpan<byte> prefix, long length)
    {
        if (first == EofPayload.Header && length < PacketHeader.MaxLength)
        {
            return AcceptEnd(prefix, length);
        }

        Rows++;
        return AnswerStep.More;
    }

    // The end of rows or definitions: EOF, or under DEPRECATE_EOF an OK with the EOF's header.
    private AnswerStep AcceptEnd(ReadOnlySpan<byte> prefix, long length)
    {
        if (length == EofPayload.Length && (_deprecateEof != true || _kind == AnswerKind.Simple))
        {
            if (!EofPayload.TryRead(prefix, out var eof))
            {
                return AnswerStep.Invalid;
            }

            Status = eof.Status;
            Warnings = eof.Warnings;
        }
        else if (length >= OkPayload.MinLength && _deprecateEof != false && TryReadOk(prefix, out var ok))
        {
            Status = ok.Status;
            Warnings = ok.Warnings;
            Schema = ok.Schema ?? Schema;
        }
        else
        {
            return AnswerStep.Invalid;
        }

        return EndOfResult();
    }

    private AnswerStep AcceptOk(ReadOnlySpan<byte> prefix)
    {
        if (!TryReadOk(prefix, out var ok))
        {
            return AnswerStep.Invalid;
        }

        AffectedRows = ok.AffectedRows;
        LastInsertId = ok.LastInsertId;
        Status = ok.Status;
        Warnings = ok.Warnings;
        Schema = ok.Schema ?? Schema;
        return EndOfResult();
    }

    private AnswerStep EndOfResult()
    {
        if (_kind != AnswerKind.ResultSet || (Status & MySqlServerStatus.MoreResults) == 0)
        {
            return AnswerStep.Done;
        }

        _state = State.First;
        return AnswerStep.More;
    }

    private AnswerStep AcceptError(ReadOnlySpan<byte> prefix)
    {
        if (!ErrPayload.TryRead(prefix, limits.MaxErrorMessage, out var error))
        {
            return AnswerStep.Invalid;
        }

        if (error.Code == ErrPayload.ProgressCode)
        {
            return AnswerStep.More;
        }

        Error = error;
        return AnswerStep.Done;
    }

    private AnswerStep AcceptPrepareOk(ReadOnlySpan<byte> prefix)
    {
        if (!PrepareOkPayload.TryRead(prefix, out var ok))
        {
            return AnswerStep.Invalid;
        }

        Prepared = ok;
        Warnings = ok.Warnings;
        var parameters = ok.MetadataFollows ? ok.Parameters : 0;
        _columnsToCome = ok.MetadataFollows ? ok.Columns : 0;
        if (parameters > 0)
        {
            _definitionsLeft = parameters;
            _state = State.ParameterDefinitions;
            return AnswerStep.More;
        }

        return BeginPreparedColumns();
    }

    private AnswerStep AcceptParameter(byte first, ReadOnlySpan<byte> prefix, long missing)
    {
        if (first == EofPayload.Header || !IsDefinition(prefix, missing))
        {
            return AnswerStep.Invalid;
        }

        if (--_definitionsLeft > 0)
        {
            return AnswerStep.More;
        }

        if (_deprecateEof == true)
        {
            return BeginPreparedColumns();
        }

        _state = State.ParameterDefinitionsEnd;
        return _deprecateEof is null && _columnsToCome == 0 ? AnswerStep.DoneUnlessEof : AnswerStep.More;
    }

    private AnswerStep AcceptParametersEnd(byte first, ReadOnlySpan<byte> prefix, long length, long missing)
    {
        if (first == EofPayload.Header && length == EofPayload.Length)
        {
            _deprecateEof = false;
            return BeginPreparedColumns();
        }

        if (_deprecateEof == false)
        {
            return AnswerStep.Invalid;
        }

        _deprecateEof = true;
        var step = BeginPreparedColumns();
        return step == AnswerStep.More ? AcceptDefinition(first, prefix, length, missing) : AnswerStep.Invalid;
    }

    private AnswerStep BeginPreparedColumns()
    {
        if (_columnsToCome == 0)
        {
            return AnswerStep.Done;
        }

        _definitionsLeft = _columnsToCome;
        _state = State.Definitions;
        return AnswerStep.More;
    }

    private AnswerStep EndOfPrepareDefinitions()
    {
        if (_deprecateEof == true)
        {
            return AnswerStep.Done;
        }

        _state = State.DefinitionsEnd;
        return _deprecateEof is null ? AnswerStep.DoneUnlessEof : AnswerStep.More;
    }

    private bool TryReadOk(ReadOnlySpan<byte> prefix, out OkPayload ok) =>
        OkPayload.TryRead(prefix, _sessionTrack ?? true, out ok);

    private static bool IsDefinition(ReadOnlySpan<byte> prefix, long missing) =>
        prefix.Length >= DefinitionStart.Length
            ? prefix.StartsWith(DefinitionStart)
            : missing > 0 && DefinitionStart.StartsWith(prefix);
}
