// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>What an answer changes on its connection; kept while it is not proven whose answer it is.</summary>
internal readonly record struct Outcome(bool IsError, string? Schema, PrepareOkPayload? Prepared)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Outcome Of(MySqlResponseReader answer) => new(answer.Summary.Error is not null, answer.Summary.Schema, answer.Summary.Prepared);
}
