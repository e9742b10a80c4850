// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>How far an exchange has come.</summary>
public enum ExchangeState : byte
{
    /// <summary>The response is complete.</summary>
    Done = 0,

    /// <summary>Still running when it was looked at.</summary>
    Running = 1,

    /// <summary>The connection ended before the response did.</summary>
    Aborted = 2,

    /// <summary>A request that has no response by protocol (COM_STMT_CLOSE, COM_QUIT).</summary>
    OneWay = 3,

    /// <summary>Its response, if any, was lost to the tracer: how it ended is not known.</summary>
    Lost = 4,
}
