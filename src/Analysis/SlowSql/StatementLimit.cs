// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Analysis.SlowSql;

/// <summary>How many groups are shown: those that make up a share of the whole, and a number at most.</summary>
/// <param name="Percent">Groups are shown until they make up this much, above 0 to 100; null for no such limit.</param>
/// <param name="Count">Groups at most; null for no such limit.</param>
public readonly record struct StatementLimit(double? Percent = null, int? Count = null)
{
    /// <summary>Every group.</summary>
    public static StatementLimit None => default;

    /// <summary>Those that make up 95 %, 20 at most.</summary>
    public static StatementLimit Default => new(95, 20);

    /// <summary>Reads "20", "95%" or "95%:20"; false when it is none of them.</summary>
    public static bool TryParse(string text, out StatementLimit limit)
    {
        ArgumentNullException.ThrowIfNull(text);
        limit = default;
        var percent = text.IndexOf('%', StringComparison.Ordinal);
        double? share = null;
        if (percent >= 0)
        {
            if (!double.TryParse(
                    text.AsSpan(0, percent), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                || value is not (> 0 and <= 100))
            {
                return false;
            }

            share = value;
            text = text[(percent + 1)..];
            if (text.Length == 0)
            {
                limit = new StatementLimit(share);
                return true;
            }

            if (text[0] != ':')
            {
                return false;
            }

            text = text[1..];
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0)
        {
            return false;
        }

        limit = new StatementLimit(share, count);
        return true;
    }

    /// <summary>How many of the groups, in their order, are shown; at least one where there is one.</summary>
    internal int Apply(IReadOnlyList<StatementGroup> groups, StatementOrder order)
    {
        var most = Math.Min(groups.Count, Count ?? int.MaxValue);
        if (Percent is not { } percent)
        {
            return most;
        }

        var enough = groups.Sum(group => order.WeightOf(group)) * percent / 100;
        var sum = 0.0;
        for (var i = 0; i < most; i++)
        {
            sum += order.WeightOf(groups[i]);
            if (sum >= enough)
            {
                return i + 1;
            }
        }

        return most;
    }
}
