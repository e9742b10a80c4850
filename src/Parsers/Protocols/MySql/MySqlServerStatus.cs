// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>Status flags of OK and EOF packets (SERVER_STATUS_flags_enum) that steer the reading of an answer.</summary>
[Flags]
internal enum MySqlServerStatus : ushort
{
    None = 0,

    /// <summary>Another result follows in the same answer.</summary>
    MoreResults = 0x0008,

    /// <summary>A cursor is open: the rows come with COM_STMT_FETCH.</summary>
    CursorExists = 0x0040,

    /// <summary>Session state information stands at the end of the OK packet.</summary>
    SessionStateChanged = 0x4000,
}
