// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Checks;

/// <summary>What must hold of the traffic of a command. Times are nanoseconds; what is null or false is not asked for.</summary>
public sealed record CheckRules
{
    /// <summary>How often one statement may run in a row on a connection when nothing else is said.</summary>
    public const int DefaultMaxRepeats = 4;

    /// <summary>Largest 95th percentile of the time of any statement, by digest.</summary>
    public long? MaxP95 { get; init; }

    /// <summary>Largest time of any single statement.</summary>
    public long? MaxTime { get; init; }

    /// <summary>Statements at most, set-up not counted.</summary>
    public long? MaxStatements { get; init; }

    /// <summary>How often one statement may run within one unit of work; see <see cref="RepeatCounter"/>.</summary>
    public int? MaxRepeats { get; init; }

    /// <summary>No statement may fail, and no HTTP request: a status from 500 on, a gRPC status but OK, no response.</summary>
    public bool NoErrors { get; init; }

    /// <summary>No UPDATE or DELETE may lack a WHERE.</summary>
    public bool NoWriteWithoutWhere { get; init; }

    /// <summary>True when nothing is asked for.</summary>
    public bool IsEmpty => this is { MaxP95: null, MaxTime: null, MaxStatements: null, MaxRepeats: null, NoErrors: false, NoWriteWithoutWhere: false };
}
