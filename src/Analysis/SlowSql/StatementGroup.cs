// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Reports;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Analysis.SlowSql;

/// <summary>Everything that is known of the statements of one group. Not thread-safe.</summary>
public sealed partial class StatementGroup
{
    private const long LoadWidth = 100_000_000;
    private const int LoadIntervals = 48;

    internal StatementGroup(StatementGrouping grouping, string schema, string text, bool isMisc = false)
    {
        Grouping = grouping;
        Schema = schema;
        Text = text;
        IsMisc = isMisc;
    }

    /// <summary>What its statements have in common.</summary>
    public StatementGrouping Grouping { get; }

    /// <summary>Default schema, for groups by digest; empty when it is not known.</summary>
    public string Schema { get; }

    /// <summary>The digest, user, client or schema.</summary>
    public string Text { get; }

    /// <summary>True for the row of all that have no row of their own.</summary>
    public bool IsMisc { get; }

    /// <summary>Groups that were put together here: more than 1 only in the row of the rest.</summary>
    public int Groups { get; private set; } = 1;

    /// <summary>True when there were more groups than room: what came later is in here and not told apart.</summary>
    public bool HasOverflow { get; internal set; }

    /// <summary>Commands, finished ones.</summary>
    public long Calls { get; private set; }

    /// <summary>Those that the server answered with an error.</summary>
    public long Errors { get; private set; }

    /// <summary>Those whose connection ended before the answer did.</summary>
    public long Aborted { get; private set; }

    /// <summary>Those whose bytes were not all seen, or whose answer was not found.</summary>
    public long Incomplete { get; private set; }

    /// <summary>Those whose time is not known: no answer by protocol, or it was not seen whole.</summary>
    public long WithoutTime { get; private set; }

    /// <summary>Those that ran inside a transaction that was followed.</summary>
    public long InTransactions { get; internal set; }

    /// <summary>Nanoseconds from the request to the last byte of the answer.</summary>
    public ExponentialHistogram Time { get; } = new();

    /// <summary>Nanoseconds from the request to the first byte of the answer.</summary>
    public ExponentialHistogram FirstByte { get; } = new();

    /// <summary>Nanoseconds from the first to the last byte of the answer, less what a cursor's client thought.</summary>
    public ExponentialHistogram Transfer { get; } = new();

    /// <summary>The time as the server saw it, where both ends were traced.</summary>
    public ExponentialHistogram ServerTime { get; } = new();

    /// <summary>The client's time less the server's, where both ends were traced: network and queueing.</summary>
    public ExponentialHistogram NetworkTime { get; } = new();

    /// <summary>Rows returned, of the calls that return rows and where it is known.</summary>
    public ExponentialHistogram RowsSent { get; } = new();

    /// <summary>Calls that return rows of which it is not known how many.</summary>
    public long RowsUnknown { get; private set; }

    /// <summary>Rows changed, of the calls whose answer says so.</summary>
    public ExponentialHistogram RowsAffected { get; } = new();

    /// <summary>Bytes of the answers on the wire.</summary>
    public ExponentialHistogram BytesSent { get; } = new();

    /// <summary>Calls whose answer has the server's status flags.</summary>
    public long WithStatus { get; private set; }

    /// <summary>Calls of which the server says that it used no index.</summary>
    public long NoIndexUsed { get; private set; }

    /// <summary>Calls of which the server says that it found no good index.</summary>
    public long NoGoodIndexUsed { get; private set; }

    /// <summary>Calls that the server counts as slow.</summary>
    public long WasSlow { get; private set; }

    /// <summary>Warnings that the server counted.</summary>
    public long Warnings { get; private set; }

    /// <summary>Calls by the power of ten of their time.</summary>
    public LatencyDecades Decades { get; } = new();

    /// <summary>Failed calls by error number.</summary>
    public ErrorCounts ErrorCodes { get; } = new();

    /// <summary>Calls by user.</summary>
    public NameCounts Users { get; } = new();

    /// <summary>Calls by default schema.</summary>
    public NameCounts Schemas { get; } = new();

    /// <summary>Calls by client.</summary>
    public NameCounts Clients { get; } = new();

    /// <summary>Calls by digest, for groups that are no digests.</summary>
    public NameCounts Statements { get; } = new();

    /// <summary>The transactions in which the group's statements ran.</summary>
    public TransactionFigures Transactions { get; } = new();

    /// <summary>Calls and their time over time.</summary>
    public TimeSeries<LoadInterval> Load { get; } = new(LoadWidth, LoadIntervals);

    /// <summary>Begin of the first call, nanoseconds since the Unix epoch; 0 when there is none.</summary>
    public long FirstSeen { get; private set; }

    /// <summary>Begin of the last call.</summary>
    public long LastSeen { get; private set; }

    /// <summary>The call that took longest; null when none has a time.</summary>
    public MySqlExchange? Slowest { get; private set; }

    /// <summary>Variance of the time by its average, in seconds: 0 when every call takes the same.</summary>
    public double VarianceToMean => Time.Average > 0 ? Time.Variance / Time.Average / 1e9 : 0;
}
