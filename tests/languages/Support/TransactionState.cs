// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.LanguageTests.Support;

/// <summary>What the session's status flags must be behind each statement of a conversation.</summary>
internal sealed class TransactionState
{
    /// <summary>A transaction is open.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Each statement commits by itself.</summary>
    public bool Autocommit { get; private set; } = true;

    /// <summary>A statement without an error.</summary>
    public void After(string statement)
    {
        if (statement.StartsWith("SET autocommit", StringComparison.Ordinal))
        {
            Autocommit = statement.EndsWith('1');
        }

        IsOpen = statement switch
        {
            "BEGIN" => true,
            "COMMIT" or "ROLLBACK" => false,
            _ => IsOpen || (!Autocommit && !statement.StartsWith("SET", StringComparison.Ordinal)),
        };
    }
}
