// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe;

/// <summary>What is missing by reason, since the trace began or between two reports, and how full the rings are.</summary>
public sealed class LossReport
{
    /// <summary>Number of reasons.</summary>
    public const int ReasonCount = (int)LossReason.SkippedRuns + 1;

    private static readonly string[] Names =
    [
        "data_ring_full", "data_ring_bytes", "ring_truncated", "control_ring_full", "calls_full", "connections_full",
        "unattributed", "user_fault", "offset_unproven", "processes_full", "tls_full", "tls_unfinished",
        "unseen_bytes", "missed_returns", "tls_unproven", "undecodable", "tls_late", "tls_unread", "skipped_runs",
    ];

    private readonly ulong[] _counts;

    internal LossReport(ulong[] counts, double dataRingFill, double controlRingFill)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(counts.Length, ReasonCount);
        _counts = counts;
        DataRingFill = dataRingFill;
        ControlRingFill = controlRingFill;
    }

    /// <summary>Share of the data ring that waits to be read, 0 to 1.</summary>
    public double DataRingFill { get; }

    /// <summary>Share of the control ring that waits to be read, 0 to 1.</summary>
    public double ControlRingFill { get; }

    /// <summary>True when any reason counts anything.</summary>
    public bool HasLosses => Array.Exists(_counts, count => count != 0);

    /// <summary>The count of one reason.</summary>
    public ulong this[LossReason reason] => _counts[(int)reason];

    /// <summary>The stable name of a reason, as in the JSON output: snake_case.</summary>
    public static string NameOf(LossReason reason) => Names[(int)reason];

    /// <summary>The reasons that count anything.</summary>
    public IEnumerable<(LossReason Reason, string Name, ulong Count)> NonZero()
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] != 0)
            {
                yield return ((LossReason)i, Names[i], _counts[i]);
            }
        }
    }

    /// <summary>What has come since an earlier report; the fill is this one's.</summary>
    public LossReport Since(LossReport earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        var delta = new ulong[ReasonCount];
        for (var i = 0; i < delta.Length; i++)
        {
            delta[i] = _counts[i] >= earlier._counts[i] ? _counts[i] - earlier._counts[i] : 0;
        }

        return new LossReport(delta, DataRingFill, ControlRingFill);
    }
}
