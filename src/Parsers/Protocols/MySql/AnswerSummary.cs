// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>What one answer says, gathered payload by payload. One per connection, cleared for every answer.</summary>
internal sealed class AnswerSummary
{
    /// <summary>True when the rows of all result sets were counted.</summary>
    public bool IsRowCountKnown { get; set; }

    public long Rows { get; set; }

    public int ResultSets { get; set; }

    /// <summary>Packets of a stream (<see cref="AnswerKind.Stream"/>).</summary>
    public long StreamPackets { get; set; }

    public ulong? AffectedRows { get; private set; }

    public ulong? LastInsertId { get; private set; }

    public ushort? Warnings { get; set; }

    /// <summary>Of the last OK or EOF packet.</summary>
    public MySqlServerStatus? Status { get; private set; }

    /// <summary>Flags of <see cref="MySqlServerStatus.OfResult"/> that any packet of the answer had.</summary>
    public MySqlServerStatus ResultFlags { get; private set; }

    /// <summary>Text of the last OK that has one.</summary>
    public string? Info { get; private set; }

    /// <summary>What the answer says of the session, last word last; null when nothing.</summary>
    public MySqlSessionChanges? Changes { get; private set; }

    public string? Schema => Changes?.Schema;

    public ErrPayload? Error { get; set; }

    public PrepareOkPayload? Prepared { get; set; }

    /// <summary>It says something of what few answers say (<see cref="MySqlSeldomFacts"/>).</summary>
    public bool HasSeldom => Info is not null || Changes is not null || Error is not null || !IsRowCountKnown;

    public void Clear()
    {
        IsRowCountKnown = true;
        Rows = 0;
        ResultSets = 0;
        StreamPackets = 0;
        AffectedRows = null;
        LastInsertId = null;
        Warnings = null;
        Status = null;
        ResultFlags = MySqlServerStatus.None;
        Info = null;
        Changes = null;
        Error = null;
        Prepared = null;
    }

    public void Take(in EofPayload eof)
    {
        Take(eof.Status);
        Warnings = eof.Warnings;
    }

    /// <summary>The OK of a statement without rows.</summary>
    public void Take(in OkPayload ok)
    {
        AffectedRows = ok.AffectedRows;
        LastInsertId = ok.LastInsertId;
        TakeEnd(ok);
    }

    /// <summary>An OK that ends rows: its counts of changed rows mean nothing.</summary>
    public void TakeEnd(in OkPayload ok)
    {
        if (ok.Status is { } status)
        {
            Take(status);
        }

        Warnings = ok.Warnings ?? Warnings;
        Info = ok.Info ?? Info;
        if (ok.Changes is { } changes)
        {
            changes.FillFrom(Changes);
            Changes = changes;
        }
    }

    private void Take(MySqlServerStatus status)
    {
        Status = status;
        ResultFlags |= status & MySqlServerStatus.OfResult;
    }
}
