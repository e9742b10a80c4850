// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>Where an answer stands after one more payload.</summary>
internal enum AnswerStep : byte
{
    /// <summary>More payloads follow.</summary>
    More,

    /// <summary>It is complete.</summary>
    Done,

    /// <summary>It is complete unless an EOF packet follows: the login was not seen, so it is not known.</summary>
    DoneUnlessEof,

    /// <summary>This payload cannot stand here.</summary>
    Invalid,
}
