// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Probe.Processes;

/// <summary>The fields of /proc/PID/stat in use (proc_pid_stat(5)).</summary>
internal readonly record struct ProcessStat(uint ProcessId, string Command, char State, uint ParentId, ulong StartTicks)
{
    /// <summary>Fields behind the command, counted from the state as 0.</summary>
    private const int ParentField = 1;
    private const int StartField = 19;

    /// <summary>Reads one line; null for one that is not of this form.</summary>
    /// <remarks>The command stands in parentheses and may hold any character, parentheses too: the last one ends it.</remarks>
    internal static ProcessStat? Parse(string line)
    {
        var open = line.IndexOf('(', StringComparison.Ordinal);
        var close = line.LastIndexOf(')');
        if (open < 1 || close < open || close + 2 >= line.Length
            || !uint.TryParse(line.AsSpan(0, open).Trim(), CultureInfo.InvariantCulture, out var id))
        {
            return null;
        }

        var fields = line[(close + 2)..].Split(' ');
        if (fields.Length <= StartField || fields[0].Length != 1
            || !uint.TryParse(fields[ParentField], CultureInfo.InvariantCulture, out var parent)
            || !ulong.TryParse(fields[StartField], CultureInfo.InvariantCulture, out var start))
        {
            return null;
        }

        return new ProcessStat(id, line[(open + 1)..close], fields[0][0], parent, start);
    }
}
