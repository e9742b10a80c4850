// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// What an answer says of the session's state (CLIENT_SESSION_TRACK). MySQL source documentation, "OK_Packet", session
/// state information; what the server does not track, or what did not change, is null.
/// </summary>
public sealed class MySqlSessionChanges
{
    /// <summary>Default schema from now on; "" when there is none any more.</summary>
    public string? Schema { get; set; }

    /// <summary>
    /// session_track_transaction_info: eight characters, such as "T_______" for a transaction that has done nothing yet.
    /// </summary>
    public string? TransactionState { get; set; }

    /// <summary>Statements that would begin the open transaction again; "" when there is none.</summary>
    public string? TransactionCharacteristics { get; set; }

    /// <summary>GTIDs that the statement made.</summary>
    public string? Gtids { get; set; }

    /// <summary>session_track_state_change: "1" when something of the session changed.</summary>
    public string? StateChange { get; set; }

    /// <summary>Tracked system variables with their new values; null when none changed.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? SystemVariables { get; set; }

    /// <summary>Takes what an earlier result of the same answer said where this one says nothing.</summary>
    internal void FillFrom(MySqlSessionChanges? earlier)
    {
        if (earlier is null)
        {
            return;
        }

        Schema ??= earlier.Schema;
        TransactionState ??= earlier.TransactionState;
        TransactionCharacteristics ??= earlier.TransactionCharacteristics;
        Gtids ??= earlier.Gtids;
        StateChange ??= earlier.StateChange;
        SystemVariables = earlier.SystemVariables is { } variables ? [.. variables, .. SystemVariables ?? []] : SystemVariables;
    }
}
