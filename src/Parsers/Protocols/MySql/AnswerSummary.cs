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

    public ulong? AffectedRows { get; private set; }

    public ulong? LastInsertId { get; private set; }

    public ushort? Warnings { get; set; }

    public MySqlServerStatus? Status { get; private set; }

    public string? Schema { get; private set; }

    public ErrPayload? Error { get; set; }

    public PrepareOkPayload? Prepared { get; set; }

    public void Clear()
    {
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
    }

    public void Take(in EofPayload eof)
    {
        Status = eof.Status;
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
        Status = ok.Status;
        Warnings = ok.Warnings;
        Schema = ok.Schema ?? Schema;
    }
}
