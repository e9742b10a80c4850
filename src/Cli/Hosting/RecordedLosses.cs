// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Cli.Hosting;

/// <summary>Losses on their way into a recording and out of it.</summary>
internal static class RecordedLosses
{
    // Each of them is one call (or captured packet) of which there is no packet.
    private static readonly LossCause[] s_calls =
    [
        LossCause.DataRingFull, LossCause.CallsFull, LossCause.ConnectionsFull, LossCause.Unattributed, LossCause.Undecodable,
        LossCause.Late, LossCause.Malformed, LossCause.CaptureDropped, LossCause.TlsUnproven,
    ];

    // What the parsers count, whoever feeds them.
    private static readonly LossCause[] s_streams =
    [
        LossCause.Gaps, LossCause.GapBytes, LossCause.Late, LossCause.Evicted, LossCause.Malformed, LossCause.ParserFaults,
        LossCause.XProtocol,
    ];

    /// <summary>As a recording keeps them.</summary>
    public static IReadOnlyList<RecordedLoss> ToRecord(LossCounts losses) =>
        [.. losses.NonZero.Select(static loss => new RecordedLoss(LossNames.Of(loss.Key), loss.Value))];

    /// <summary>How many calls or packets are missing as a whole.</summary>
    public static ulong MissingCalls(LossCounts losses) =>
        s_calls.Aggregate(0UL, (sum, cause) => sum + Math.Min(losses[cause], ulong.MaxValue - sum));

    /// <summary>
    /// Adds what a recording says to what reading it found. A hole is found again by whoever reads, so those count once:
    /// the larger number, for what was not recorded at all had holes too. Of a part of the connections
    /// (<paramref name="isPart"/>) the holes that were found are all that is known.
    /// </summary>
    public static void AddTo(LossCounts found, IReadOnlyDictionary<string, ulong> recorded, bool isPart)
    {
        foreach (var (name, count) in recorded)
        {
            var cause = LossNames.Find(name);
            if (!s_streams.Contains(cause))
            {
                found[cause] += Math.Min(count, ulong.MaxValue - found[cause]);
            }
            else if (!isPart)
            {
                found[cause] = Math.Max(found[cause], count);
            }
        }
    }
}
