// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>A command that was read and is not answered yet. Reused through <see cref="PendingCommandPool"/>.</summary>
internal sealed class PendingCommand
{
    /// <summary>It is in the pool.</summary>
    public bool IsFree { get; set; }

    public MySqlCommand Command { get; set; }

    public AnswerKind Answer { get; set; }

    /// <summary>Statement as sent; for an execution it is looked up when the answer is there.</summary>
    public string? Text { get; set; }

    /// <summary>Bytes of the statement not in <see cref="Text"/>.</summary>
    public long TextMissing { get; set; }

    /// <summary>Name that the command carries (schema of COM_INIT_DB).</summary>
    public string? Argument { get; set; }

    /// <summary>User named by COM_CHANGE_USER or the login.</summary>
    public string? User { get; set; }

    public string? AuthPlugin { get; set; }

    public uint? StatementId { get; set; }

    /// <summary>MariaDB: executes the statement prepared last, whose id the client does not know yet.</summary>
    public bool UsesLastPrepared { get; set; }

    /// <summary>What it binds, as sent (behind the statement's id): the beginning, when there was more; null when not kept.</summary>
    public byte[]? ParameterBytes { get; set; }

    /// <summary>Whole length of what <see cref="ParameterBytes"/> is the beginning of.</summary>
    public long ParameterLength { get; set; }

    /// <summary>COM_STMT_SEND_LONG_DATA: the parameter that the data is for.</summary>
    public int LongDataParameter { get; set; }

    /// <summary>The cache's epoch when it was read: with commands that were missed in between, nothing is bound across.</summary>
    public int Epoch { get; set; }

    /// <summary>It took its turn: what it binds was read, and what that changes for later commands is done.</summary>
    public bool IsResolved { get; set; }

    /// <summary>What it binds; null when nothing, or when that is not proven.</summary>
    public MySqlParameters? Parameters { get; set; }

    /// <summary>Rows of COM_STMT_BULK_EXECUTE, when they were counted.</summary>
    public int? BatchSize { get; set; }

    /// <summary>Schema that a USE in the text selects, when the server says OK.</summary>
    public string? UsedSchema { get; set; }

    /// <summary>The text may select a schema in a way that was not understood.</summary>
    public bool IsSchemaUnsure { get; set; }

    /// <summary>COM_BINLOG_DUMP: what it asks for; null for other commands, and when it was cut.</summary>
    public MySqlBinlogDump? BinlogDump { get; set; }

    /// <summary>What answers it goes on until the connection ends.</summary>
    public bool IsEndless => Answer == AnswerKind.Stream && BinlogDump is not { IsFinite: true };

    /// <summary>What the client told of itself: the login and COM_CHANGE_USER.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? ClientAttributes { get; set; }

    /// <summary>Sequence id with which the answer must begin.</summary>
    public byte AnswerSequence { get; set; } = 1;

    public MessageTiming Request;

    /// <summary>Bytes of the request lost to the capture.</summary>
    public long MissingBytes { get; set; }

    /// <summary>It was read after lost framing, so that its answer must be proven to be its own.</summary>
    public bool Unproven { get; set; }

    /// <summary>Client bytes were missed in front of it.</summary>
    public bool FollowsGap { get; set; }

    /// <summary>The call that brought it brought another command that is answered.</summary>
    public bool IsInBurst { get; set; }

    /// <summary>Stream offset at which the call began that brought its last byte: equal for commands sent as one.</summary>
    public ulong CallStart { get; set; }

    /// <summary>It has something of what few commands have (<see cref="MySqlSeldomFacts"/>).</summary>
    public bool HasSeldom => Argument is not null || BatchSize is not null || AuthPlugin is not null || BinlogDump is not null;

    /// <summary>Makes it as new.</summary>
    public void Clear()
    {
        Command = default;
        Answer = default;
        Text = null;
        TextMissing = 0;
        Argument = null;
        User = null;
        AuthPlugin = null;
        StatementId = null;
        UsesLastPrepared = false;
        ParameterBytes = null;
        ParameterLength = 0;
        LongDataParameter = 0;
        Epoch = 0;
        IsResolved = false;
        Parameters = null;
        BatchSize = null;
        UsedSchema = null;
        IsSchemaUnsure = false;
        BinlogDump = null;
        ClientAttributes = null;
        AnswerSequence = 1;
        Request = default;
        MissingBytes = 0;
        Unproven = false;
        FollowsGap = false;
        IsInBurst = false;
        CallStart = 0;
    }
}
