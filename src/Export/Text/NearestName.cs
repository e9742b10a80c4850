// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Text;

/// <summary>Finds what a mistyped name was meant to be.</summary>
public static class NearestName
{
    /// <summary>The closest of the candidates, or null when none is close enough to be worth saying.</summary>
    public static string? Of(string typed, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(typed);
        ArgumentNullException.ThrowIfNull(candidates);
        var bare = typed.TrimStart('-');
        string? best = null;
        var bestDistance = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var name = candidate.TrimStart('-');
            var distance = bare.Length >= 3 && name.StartsWith(bare, StringComparison.OrdinalIgnoreCase)
                ? 1
                : Distance(bare.ToLowerInvariant(), name);
            if (distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return bestDistance <= Math.Max(1, Math.Min(3, bare.Length / 2)) ? best : null;
    }

    /// <summary>Insertions, deletions, substitutions and swaps of neighbours from one to the other.</summary>
    internal static int Distance(string left, string right)
    {
        // Names are short, but what is typed need not be.
        if (left.Length > 64 || right.Length > 64)
        {
            return int.MaxValue;
        }

        var table = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            table[i, 0] = i;
        }

        for (var j = 0; j <= right.Length; j++)
        {
            table[0, j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = left[i - 1] == right[j - 1] ? 0 : 1;
                var best = Math.Min(Math.Min(table[i - 1, j] + 1, table[i, j - 1] + 1), table[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    best = Math.Min(best, table[i - 2, j - 2] + 1);
                }

                table[i, j] = best;
            }
        }

        return table[left.Length, right.Length];
    }
}
