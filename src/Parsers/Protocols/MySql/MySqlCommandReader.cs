// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>Turns a client's payload of the command phase into a <see cref="PendingCommand"/>.</summary>
internal static class MySqlCommandReader
{
    /// <summary>Statement id by which MariaDB's clients execute what they have just prepared.</summary>
    public const uint LastPrepared = 0xffffffff;

    private const int AttributeSlack = 4096;
    private const int NameBytes = 1024;
    private const int LoginBytes = 4096;
    private const int FixedBytes = 16;
    private const int IdBytes = 4;
    private const int CharacterSetBytes = 2;
    private const int EmptyExecution = 1 + IdBytes + 5; // flags and iteration count behind the id: nothing is bound
    private const int MinBulkBytes = 64 * 1024;         // to count the rows, also when no value is wanted

    /// <summary>How much of the payload is wanted, bytes.</summary>
    public static int KeepFor(byte command, ParseLimits limits) => (MySqlCommand)command switch
    {
        MySqlCommand.Query => 1 + AttributeSlack + limits.MaxStatementText,
        MySqlCommand.StatementPrepare => 1 + limits.MaxStatementText,
        MySqlCommand.InitDb or MySqlCommand.CreateDb or MySqlCommand.DropDb or MySqlCommand.FieldList or
            MySqlCommand.BinlogDump or MySqlCommand.BinlogDumpGtid => NameBytes,
        MySqlCommand.ChangeUser => LoginBytes,
        MySqlCommand.StatementExecute or MySqlCommand.StatementSendLongData or MySqlCommand.StatementBulkExecute =>
            FixedBytes + ParameterBytes((MySqlCommand)command, limits),
        _ => FixedBytes,
    };

    /// <summary>
    /// Fills in what the payload says. <paramref name="prefix"/> is its beginning,
    /// <paramref name="payloadLength"/> its whole length, <paramref name="capabilities"/> null when the login was not seen.
    /// </summary>
    public static void Read(
        ReadOnlySpan<byte> prefix, byte command, long payloadLength, MySqlCapabilities? capabilities, ParseLimits limits,
        PendingCommand pending)
    {
        pending.Command = (MySqlCommand)command;
        pending.Answer = CommandShape.AnswerOf(pending.Command);
        var body = prefix.Length > 1 ? prefix[1..] : default;
        switch (pending.Command)
        {
            case MySqlCommand.Query:
                ReadQuery(body, payloadLength - 1, capabilities, limits, pending);
                break;

            case MySqlCommand.StatementPrepare:
                SetText(body, payloadLength - 1, limits, pending);
                break;

            case MySqlCommand.InitDb or MySqlCommand.CreateDb or MySqlCommand.DropDb
                when body.Length == payloadLength - 1:
                pending.Argument = Encoding.UTF8.GetString(body.TrimEnd((byte)0));
                break;

            case MySqlCommand.FieldList when body.IndexOf((byte)0) is > 0 and var end:
                pending.Argument = Encoding.UTF8.GetString(body[..end]);
                break;

            case MySqlCommand.ChangeUser:
                ReadChangeUser(body, capabilities, pending);
                break;

            case MySqlCommand.BinlogDump or MySqlCommand.BinlogDumpGtid:
                pending.BinlogDump = BinlogDumpPayload.Read(body, payloadLength - 1, pending.Command);
                break;

            case MySqlCommand.StatementExecute or MySqlCommand.StatementClose or MySqlCommand.StatementReset or
                MySqlCommand.StatementFetch or MySqlCommand.StatementSendLongData or MySqlCommand.StatementBulkExecute
                when body.Length >= 4:
                var id = BinaryPrimitives.ReadUInt32LittleEndian(body);
                pending.UsesLastPrepared = id == LastPrepared;
                pending.StatementId = pending.UsesLastPrepared ? null : id;
                ReadParameters(body[IdBytes..], payloadLength, limits, pending);
                break;
        }
    }

    private static int ParameterBytes(MySqlCommand command, ParseLimits limits) =>
        command == MySqlCommand.StatementBulkExecute ? Math.Max(limits.MaxParameterBytes, MinBulkBytes) : limits.MaxParameterBytes;

    // Kept as they are: their types and their number may be in an answer that is still to come.
    private static void ReadParameters(ReadOnlySpan<byte> bytes, long payloadLength, ParseLimits limits, PendingCommand pending)
    {
        var length = payloadLength - 1 - IdBytes;
        var keep = ParameterBytes(pending.Command, limits);
        switch (pending.Command)
        {
            case MySqlCommand.StatementExecute when keep == 0 || payloadLength <= EmptyExecution:
            case not (MySqlCommand.StatementExecute or MySqlCommand.StatementSendLongData or MySqlCommand.StatementBulkExecute):
                return;

            case MySqlCommand.StatementSendLongData:
                if (keep == 0 || bytes.Length < 2)
                {
                    return;
                }

                pending.LongDataParameter = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
                bytes = bytes[2..];
                length -= 2;
                break;
        }

        pending.ParameterBytes = bytes[..Math.Min(bytes.Length, keep)].ToArray();
        pending.ParameterLength = length;
    }

    private static void ReadQuery(
        ReadOnlySpan<byte> body, long length, MySqlCapabilities? capabilities, ParseLimits limits, PendingCommand pending)
    {
        bool? negotiated = capabilities is { } flags ? (flags & MySqlCapabilities.QueryAttributes) != 0 : null;
        var start = QueryAttributes.FindText(body, negotiated);
        if (start < 0)
        {
            pending.TextMissing = length; // attributes longer than what is kept, or cut: no text rather than noise
            return;
        }

        if (start > 2 && start <= limits.MaxParameterBytes)
        {
            pending.ParameterBytes = body[..start].ToArray();
        }

        SetText(body[start..], length - start, limits, pending);
        var schema = UseStatement.Find(pending.Text, out var isUnsure);
        pending.UsedSchema = pending.TextMissing == 0 ? schema : null;
        pending.IsSchemaUnsure = isUnsure || (schema is not null && pending.TextMissing > 0);
    }

    private static void SetText(ReadOnlySpan<byte> text, long length, ParseLimits limits, PendingCommand pending)
    {
        if (text.Length > limits.MaxStatementText)
        {
            text = text[..limits.MaxStatementText];
        }

        if (text.Length < length)
        {
            text = Utf8Cut.TrimPartialCharacter(text);
        }

        pending.Text = text.IsEmpty && length > 0 ? null : Encoding.UTF8.GetString(text);
        pending.TextMissing = length - text.Length;
    }

    // Database and user stand in front of and behind the authentication bytes, which are passed over. What is behind them is
    // optional in practice.
    private static void ReadChangeUser(ReadOnlySpan<byte> body, MySqlCapabilities? capabilities, PendingCommand pending)
    {
        var reader = new PayloadReader(body);
        if (!reader.TryReadTerminated(out var user))
        {
            return;
        }

        pending.User = Encoding.UTF8.GetString(user);
        var counted = !Lacks(capabilities, MySqlCapabilities.SecureConnection);
        var skipped = counted
            ? reader.TryReadByte(out var length) && reader.TrySkip(length)
            : reader.TryReadTerminated(out _);
        if (!skipped || !reader.TryReadTerminated(out var schema))
        {
            return;
        }

        pending.Argument = schema.IsEmpty ? null : Encoding.UTF8.GetString(schema);
        if (!reader.TrySkip(CharacterSetBytes) || Lacks(capabilities, MySqlCapabilities.PluginAuth) ||
            !reader.TryReadTerminated(out var plugin))
        {
            return;
        }

        pending.AuthPlugin = Encoding.UTF8.GetString(plugin);
        if (!reader.IsEmpty && !Lacks(capabilities, MySqlCapabilities.ConnectAttributes))
        {
            pending.ClientAttributes = ConnectionAttributesReader.Read(ref reader);
        }
    }

    private static bool Lacks(MySqlCapabilities? capabilities, MySqlCapabilities flag) =>
        capabilities is { } known && (known & flag) == 0;
}
