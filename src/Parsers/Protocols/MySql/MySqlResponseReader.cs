// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
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

    private enum State : byte
    {
        First,
        Definitions,
        DefinitionsEnd,
        Rows,
        AfterLocalFile,
    }

    private readonly PrepareAnswerReader _prepare = new();
    private AnswerKind _kind;
    private State _state;
    private int _definitionsLeft;
    private bool? _deprecateEof;
    private bool? _sessionTrack;
    private bool _isOld;     // CLIENT_PROTOCOL_41 was not negotiated: shorter packets, other definitions
    private bool _hasStatus; // then: an OK has the status all the same

    /// <summary>What the answer says, so far.</summary>
    public AnswerSummary Summary { get; } = new();

    /// <summary>True once the server has asked for a local file.</summary>
    public bool AskedForFile { get; private set; }

    /// <summary>True while the server waits for the client's file: the next answer continues any sequence.</summary>
    public bool IsAwaitingFile => _state == State.AfterLocalFile;

    /// <summary>True while authentication goes to and fro: the client's packets stand in the sequence too.</summary>
    public bool IsLogin => _kind == AnswerKind.Login;

    /// <summary>True when the next payload is a row or what ends the rows.</summary>
    public bool IsInRows => _state == State.Rows;

    /// <summary>An EOF packet of 5 bytes was seen in this answer, or one was shown to be absent; else null.</summary>
    public bool? DeprecateEof => _kind == AnswerKind.Prepare ? _prepare.DeprecateEof : _deprecateEof;

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
        _deprecateEof = capabilities is { } flags ? (flags & MySqlCapabilities.DeprecateEof) != 0 : null;
        _prepare.Begin(_deprecateEof);
        _sessionTrack = capabilities is { } known ? (known & MySqlCapabilities.SessionTrack) != 0 : null;
        _isOld = capabilities is { } old && (old & MySqlCapabilities.Protocol41) == 0;
        _hasStatus = capabilities is { } some && (some & MySqlCapabilities.Transactions) != 0;
        Summary.Clear();
        AskedForFile = false;
    }

    /// <summary>Rows are missing: what follows are rows, or what ends them, and their number is not known.</summary>
    public void ContinueInRows()
    {
        _state = State.Rows;
        Summary.IsRowCountKnown = false;
    }

    /// <summary>How many bytes of a payload that begins so are wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int KeepFor(byte first, int packetLength)
    {
        var isMarker = first == ErrPayload.Header || (first == EofPayload.Header && packetLength < PacketHeader.MaxLength);
        return _state switch
        {
            _ when _kind == AnswerKind.Prepare => isMarker || _prepare.IsFirst ? KeepWhole : Definition.Keep,
            State.Rows => isMarker ? KeepWhole : 0,
            State.Definitions or State.DefinitionsEnd => isMarker ? KeepWhole : Definition.Keep,
            _ when _kind == AnswerKind.Login => first is OkPayload.Header or ErrPayload.Header ? KeepWhole : 0,
            _ when _kind is AnswerKind.Text or AnswerKind.Stream => isMarker ? KeepWhole : 0,
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

        if (_kind == AnswerKind.Prepare)
        {
            return _prepare.Accept(first, prefix, length, missing, Summary);
        }

        return _state switch
        {
            State.Rows => AcceptRow(first, prefix, length),
            State.Definitions => AcceptDefinition(first, prefix, length, missing),
            State.DefinitionsEnd => AcceptDefinitionsEnd(first, prefix, length),
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
                return first == OkPayload.Header && length >= (_isOld ? OkPayload.OldMinLength : OkPayload.MinLength)
                    ? AcceptOk(prefix)
                    : AnswerStep.More;

            case AnswerKind.Text:
                return AnswerStep.Done;

            case AnswerKind.Simple when first == EofPayload.Header:
            case AnswerKind.Stream when first == EofPayload.Header && length <= OkPayload.MinLength:
                return AcceptEnd(prefix, length);

            case AnswerKind.Stream:
                Summary.StreamPackets++;
                return AnswerStep.More;

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

        Summary.ResultSets++;
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

        if (!_isOld && !Definition.Is(prefix, missing))
        {
            return AnswerStep.Invalid;
        }

        if (--_definitionsLeft > 0)
        {
            return AnswerStep.More;
        }

        _state = _deprecateEof == true ? State.Rows : State.DefinitionsEnd;
        return AnswerStep.More;
    }

    // Between definitions and rows: an EOF packet, nothing, or (no rows, DEPRECATE_EOF) the end already.
    private AnswerStep AcceptDefinitionsEnd(byte first, ReadOnlySpan<byte> prefix, long length)
    {
        if (_isOld)
        {
            _state = State.Rows;
            return first == EofPayload.Header && length == EofPayload.OldLength ? AnswerStep.More : AnswerStep.Invalid;
        }

        if (first == EofPayload.Header && length == EofPayload.Length && _deprecateEof != true)
        {
            if (!EofPayload.TryRead(prefix, out var eof))
            {
                return AnswerStep.Invalid;
            }

            _deprecateEof = false;
            Summary.Take(eof);
            _state = State.Rows;
            return (eof.Status & MySqlServerStatus.CursorExists) != 0 ? AnswerStep.Done : AnswerStep.More;
        }

        if (_deprecateEof == false)
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

        Summary.Rows++;
        return AnswerStep.More;
    }

    // The end of rows or definitions: EOF, or under DEPRECATE_EOF an OK with the EOF's header.
    private AnswerStep AcceptEnd(ReadOnlySpan<byte> prefix, long length)
    {
        if (_isOld)
        {
            return length == EofPayload.OldLength ? AnswerStep.Done : AnswerStep.Invalid;
        }

        if (length == EofPayload.Length && (_deprecateEof != true || _kind is AnswerKind.Simple or AnswerKind.Stream))
        {
            if (!EofPayload.TryRead(prefix, out var eof))
            {
                return AnswerStep.Invalid;
            }

            Summary.Take(eof);
        }
        else if (length >= OkPayload.MinLength && _deprecateEof != false && TryReadOk(prefix, out var ok))
        {
            Summary.TakeEnd(ok);
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

        Summary.Take(ok);
        return EndOfResult();
    }

    private AnswerStep EndOfResult()
    {
        if (_kind != AnswerKind.ResultSet || (Summary.Status.GetValueOrDefault() & MySqlServerStatus.MoreResults) == 0)
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

        Summary.Error = error;
        return AnswerStep.Done;
    }

    private bool TryReadOk(ReadOnlySpan<byte> prefix, out OkPayload ok) =>
        _isOld ? OkPayload.TryReadOld(prefix, _hasStatus, out ok) : OkPayload.TryRead(prefix, _sessionTrack ?? true, out ok);
}
