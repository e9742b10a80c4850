// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>What the server may answer to a command.</summary>
internal enum AnswerKind : byte
{
    /// <summary>Nothing: the command is one-way.</summary>
    None,

    /// <summary>Authentication: switches and data until OK or ERR.</summary>
    Login,

    /// <summary>OK, EOF or ERR.</summary>
    Simple,

    /// <summary>One packet of text, or ERR.</summary>
    Text,

    /// <summary>OK, ERR, a request for a local file, or result sets.</summary>
    ResultSet,

    /// <summary>COM_STMT_PREPARE_OK with definitions, or ERR.</summary>
    Prepare,

    /// <summary>Rows up to an EOF, or ERR.</summary>
    Fetch,

    /// <summary>Column definitions up to an EOF, or ERR.</summary>
    FieldList,

    /// <summary>ERR, or packets that are no answer to anything, up to an EOF or ERR or without end.</summary>
    Stream,
}
