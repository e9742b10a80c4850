// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <content>
/// What commands bind, and what binding them changes for later ones. Done once per command, in the order in which the
/// server takes them.
/// </content>
internal sealed partial class MySqlSession
{
    private void Resolve(PendingCommand command)
    {
        if (command.IsResolved)
        {
            return;
        }

        command.IsResolved = true;
        switch (command.Command)
        {
            case MySqlCommand.Query:
                command.Parameters = command.ParameterBytes is { } attributes ? QueryAttributes.Read(attributes) : null;
                break;

            case MySqlCommand.StatementExecute:
                EndCursor(StatementIdOf(command));
                if (command.ParameterBytes is { } values && StatementOf(command) is { } executed)
                {
                    command.Parameters = ExecutionReader.Read(
                        values, values.Length < command.ParameterLength, AttributesNegotiated, executed, command.Epoch);
                }

                break;

            case MySqlCommand.StatementBulkExecute when command.ParameterBytes is { } rows && StatementOf(command) is { } statement:
                command.Parameters = BulkReader.Read(
                    rows, rows.Length < command.ParameterLength, statement, command.Epoch, out var count);
                command.BatchSize = count;
                if (Limits.MaxParameterBytes <= 0)
                {
                    command.Parameters = null; // they were kept to be counted
                }

                break;

            case MySqlCommand.StatementSendLongData when command.ParameterBytes is { } chunk:
                StatementOf(command)?.AppendLongData(
                    command.LongDataParameter, chunk, command.ParameterLength, Limits.MaxParameterBytes, command.Epoch);
                break;

            case MySqlCommand.StatementReset:
                EndCursor(command.StatementId);
                if (command.StatementId is { } reset)
                {
                    _facts.Prepared.Find(reset)?.TakeLongData(command.Epoch);
                }

                break;

            case MySqlCommand.StatementClose:
                EndCursor(command.StatementId);
                break;

            case MySqlCommand.Quit:
                EndCursors(Model.ExchangeState.Done);
                break;
        }
    }

    private bool? AttributesNegotiated =>
        _facts.Capabilities is { } flags ? (flags & MySqlCapabilities.QueryAttributes) != 0 : null;

    private uint? StatementIdOf(PendingCommand command) =>
        command.UsesLastPrepared ? _facts.LastPreparedId : command.StatementId;

    private PreparedStatement? StatementOf(PendingCommand command) =>
        StatementIdOf(command) is { } id ? _facts.Prepared.FindOrAdd(id) : null;
}
