// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Status flags of OK and EOF packets. MySQL source documentation, "SERVER_STATUS_flags_enum"; the last one is MariaDB's.
/// </summary>
[Flags]
internal enum MySqlServerStatus : ushort
{
    None = 0,

    /// <summary>A transaction is open behind the statement.</summary>
    InTransaction = 0x0001,

    Autocommit = 0x0002,

    /// <summary>Another result follows in the same answer.</summary>
    MoreResults = 0x0008,

    /// <summary>A join or a filter used no good index.</summary>
    NoGoodIndexUsed = 0x0010,

    /// <summary>A table was read without an index.</summary>
    NoIndexUsed = 0x0020,

    /// <summary>A cursor is open: the rows come with COM_STMT_FETCH.</summary>
    CursorExists = 0x0040,

    /// <summary>The cursor has given its last row and is closed.</summary>
    LastRowSent = 0x0080,

    /// <summary>Backslashes in strings are characters like any other.</summary>
    NoBackslashEscapes = 0x0200,

    /// <summary>The statement took longer than the server's long_query_time.</summary>
    WasSlow = 0x0800,

    /// <summary>The result set is a procedure's OUT and INOUT parameters.</summary>
    OutParameters = 0x1000,

    /// <summary>The open transaction is read-only.</summary>
    InReadOnlyTransaction = 0x2000,

    /// <summary>Session state information stands at the end of the OK packet.</summary>
    SessionStateChanged = 0x4000,

    /// <summary>MariaDB: double quotes make identifiers.</summary>
    AnsiQuotes = 0x8000,

    /// <summary>Flags that say something of one result; those of an answer are what any of its results had.</summary>
    OfResult = NoGoodIndexUsed | NoIndexUsed | CursorExists | WasSlow | OutParameters,
}
