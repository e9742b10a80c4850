// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.MySql;

/// <content>Exchanges going out, and what an answer changes on the connection.</content>
internal sealed partial class MySqlSession
{
    private Completeness CompletenessOf(PendingCommand command)
    {
        var missing = (ulong)command.MissingBytes + (command == _current || _current is null ? (ulong)_answerMissing : 0);
        return missing == 0 ? Completeness.Complete : new Completeness(CompletenessKind.Truncated, missing);
    }

    private void Emit(PendingCommand command, ExchangeState state, Completeness completeness, bool withAnswer = true)
    {
        var isFetch = BelongsToCursor(command);
        var exchange = Build(command, state, completeness, withAnswer);
        if (isFetch)
        {
            EndCursor(command.StatementId, state); // it ends as its FETCH does, which is not shown
        }
        else
        {
            _context.Handler.OnExchange(exchange);
        }

        Return(command);
    }

    /// <summary>A command whose answer was not seen, or not proven to be its own.</summary>
    private void EmitUnanswered(PendingCommand command, ExchangeState state)
    {
        if (command.Answer == AnswerKind.None)
        {
            state = ExchangeState.OneWay;
        }
        else if (state == ExchangeState.Lost)
        {
            ForgetWhatMayChange(command);
        }

        var completeness = state == ExchangeState.Lost
            ? new Completeness(CompletenessKind.Unmatched, (ulong)command.MissingBytes)
            : command.MissingBytes > 0
                ? new Completeness(CompletenessKind.Truncated, (ulong)command.MissingBytes)
                : Completeness.Complete;
        Emit(command, state, completeness, withAnswer: false);
    }

    /// <summary>
    /// An answer whose command was not seen goes out when it says something by itself: an error or rows. An OK says
    /// nothing without its command, and may be the first packet of something else.
    /// </summary>
    private void EmitUnknown(PendingCommand unknown)
    {
        _dropped = _answerTiming.Last; // it may have answered any command that was sent before its end
        if (_answer.Summary.Error is null && _answer.Summary.ResultSets == 0)
        {
            Return(unknown);
            return;
        }

        var completeness = new Completeness(CompletenessKind.Unmatched, (ulong)_answerMissing);
        Emit(unknown, ExchangeState.Lost, completeness);
    }

    private MySqlExchange Build(PendingCommand command, ExchangeState state, Completeness completeness, bool withAnswer)
    {
        if (state != ExchangeState.Running)
        {
            Resolve(command);
        }

        var (text, textMissing) = TextOf(command);
        var mayHaveRows = withAnswer && state != ExchangeState.Running && command.Answer is AnswerKind.ResultSet or AnswerKind.Fetch;
        var answer = _answer.Summary;
        return new MySqlExchange
        {
            Connection = _context.Connection,
            State = state,
            Completeness = completeness,
            Request = command.Request,
            Response = withAnswer ? _answerTiming : default,
            Tls = _isPlaintextOfTls,
            SessionFacts = SessionFactsOf(command, withAnswer),
            SeldomFacts = HasSeldom(command, textMissing, withAnswer) ? SeldomOf(command, textMissing, withAnswer, mayHaveRows) : null,
            Command = command.Command,
            StatementText = text,
            Parameters = command.Parameters,
            StatementId = command.StatementId ??
                          (withAnswer && command.Answer == AnswerKind.Prepare ? answer.Prepared?.StatementId : null) ??
                          (command.UsesLastPrepared ? _facts.LastPreparedId : null),
            ReturnedRows = mayHaveRows && answer.IsRowCountKnown ? answer.Rows : null,
            AffectedRows = withAnswer ? answer.AffectedRows : null,
            LastInsertId = withAnswer ? answer.LastInsertId : null,
            Warnings = withAnswer ? answer.Warnings : null,
            ServerStatus = withAnswer ? (ushort?)(answer.Status | answer.ResultFlags) : null,
            ResultSets = withAnswer ? answer.ResultSets : 0,
            ResponseBytes = withAnswer ? (long)(_answerTiming.EndOffset - _answerTiming.StartOffset) : 0, // holes are part of it
        };
    }

    // One question for all of them: most exchanges have none.
    private bool HasSeldom(PendingCommand command, long textMissing, bool withAnswer) =>
        textMissing != 0 || command.HasSeldom || CommandShape.AnswerOf(command.Command) == AnswerKind.Stream || _brokenRows is not null ||
        (withAnswer && (_answer.Summary.HasSeldom || _answer.AskedForFile || _serverUnits is not null));

    private MySqlSeldomFacts SeldomOf(PendingCommand command, long textMissing, bool withAnswer, bool mayHaveRows)
    {
        var answer = _answer.Summary;
        return new MySqlSeldomFacts
        {
            StatementTextMissing = textMissing,
            BatchSize = command.BatchSize,
            Argument = command.Command is MySqlCommand.Connect or MySqlCommand.ChangeUser ? null : command.Argument,
            AuthenticationPlugin = command.AuthPlugin,
            BinlogDump = command.BinlogDump,
            IsStream = CommandShape.AnswerOf(command.Command) == AnswerKind.Stream && command.Answer == AnswerKind.None,
            BinlogEvents = withAnswer && command is { Answer: AnswerKind.Stream, BinlogDump: not null } && answer.Error is null
                ? answer.StreamPackets
                : null,
            LocalFileBytes = withAnswer && _answer.AskedForFile ? _fileBytes : null,
            ReturnedRowsAtLeast = mayHaveRows && !answer.IsRowCountKnown ? answer.Rows : _brokenRows,
            Info = withAnswer ? answer.Info : null,
            SessionChanges = withAnswer ? answer.Changes : null,
            ErrorCode = withAnswer ? answer.Error?.Code : null,
            SqlState = withAnswer ? answer.Error?.SqlState : null,
            ErrorMessage = withAnswer ? answer.Error?.Message : null,
            UncompressedResponseBytes = withAnswer && IsCompressed(command) ? _answerPacketBytes : null,
        };
    }

    // Those that a login or COM_CHANGE_USER asks for are its own; all others share what they found.
    private MySqlSessionFacts SessionFactsOf(PendingCommand command, bool withAnswer)
    {
        var isConnect = command.Command == MySqlCommand.Connect;
        var shared = _facts.Shared(CompressionOf(isConnect && withAnswer));
        return isConnect || command.Command == MySqlCommand.ChangeUser
            ? shared with { Schema = command.Argument, User = command.User, ClientAttributes = command.ClientAttributes ?? shared.ClientAttributes }
            : shared;
    }

    private bool IsCompressed(PendingCommand command) => _serverUnits is not null && command.Command != MySqlCommand.Connect;

    private string? CompressionOf(bool isLogin) => _clientUnits is null && _serverUnits is null
        ? isLogin ? _facts.Compression : null
        : (_serverUnits?.Algorithm ?? _clientUnits?.Algorithm) switch
        {
            CompressionAlgorithm.Zlib => "zlib",
            CompressionAlgorithm.Zstd => "zstd",
            _ => _facts.Compression,
        };

    private (string? Text, long Missing) TextOf(PendingCommand command)
    {
        if (command.Command is not (MySqlCommand.StatementExecute or MySqlCommand.StatementBulkExecute or MySqlCommand.StatementFetch))
        {
            return (command.Text, command.TextMissing);
        }

        if (command.UsesLastPrepared)
        {
            return (_facts.LastPreparedText, _facts.LastPreparedMissing);
        }

        return command.StatementId is { } id && _facts.Prepared.TryGet(id, out var text, out var missing)
            ? (text, missing)
            : (null, 0L);
    }

    private void ApplyToFacts(PendingCommand command, Outcome outcome)
    {
        if (command.Command == MySqlCommand.StatementPrepare)
        {
            _facts.LastPreparedId = outcome.Prepared?.StatementId;
            _facts.LastPreparedText = command.Text;
            _facts.LastPreparedMissing = command.TextMissing;
            if (outcome.Prepared is { } prepared)
            {
                _facts.Prepared.Add(prepared.StatementId, command.Text, command.TextMissing, prepared.Parameters);
            }
        }

        if (command.IsSchemaUnsure)
        {
            _facts.Schema = null;
        }

        if (!outcome.IsError)
        {
            switch (command.Command)
            {
                case MySqlCommand.InitDb:
                    _facts.Schema = command.Argument;
                    break;

                case MySqlCommand.ChangeUser:
                    _facts.User = command.User;
                    _facts.Schema = command.Argument;
                    _facts.ClientAttributes = command.ClientAttributes ?? _facts.ClientAttributes;
                    EndCursors(ExchangeState.Done);
                    _facts.Prepared.Clear();
                    _facts.ForgetLastPrepared();
                    break;

                case MySqlCommand.ResetConnection:
                    EndCursors(ExchangeState.Done);
                    _facts.Prepared.Clear();
                    _facts.ForgetLastPrepared();
                    break;

                case MySqlCommand.Query when command.UsedSchema is { } schema:
                    _facts.Schema = schema;
                    break;
            }
        }

        _facts.Schema = outcome.Schema ?? _facts.Schema;
    }

    // Whether it succeeded is not known, so what it would have changed is not known either.
    private void ForgetWhatMayChange(PendingCommand command)
    {
        switch (command.Command)
        {
            case MySqlCommand.InitDb:
            case MySqlCommand.Query when command.UsedSchema is not null || command.IsSchemaUnsure || command.TextMissing > 0:
                _facts.Schema = null;
                break;

            case MySqlCommand.ChangeUser:
                _facts.ForgetSessionState();
                break;

            case MySqlCommand.StatementPrepare:
                _facts.ForgetLastPrepared();
                break;
        }
    }
}
