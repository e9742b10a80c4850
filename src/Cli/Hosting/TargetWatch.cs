// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// Notices when every process that was named by id is gone: nothing would come any more, and a script would wait for
/// ever. A process counts as there while one that descends from it lives (a daemon's parent ends at its start).
/// </summary>
internal sealed class TargetWatch : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(250);

    private readonly HashSet<int> _alive;
    private readonly Action _gone;
    private readonly Func<IReadOnlyList<(int Pid, int Parent)>> _processes;
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private bool _done;

    /// <summary>Watches from now on; <paramref name="gone"/> is called once, on another thread.</summary>
    public TargetWatch(IReadOnlyList<uint> processIds, Action gone)
        : this(processIds, gone, ReadProcesses, _interval)
    {
    }

    internal TargetWatch(
        IReadOnlyList<uint> processIds,
        Action gone,
        Func<IReadOnlyList<(int Pid, int Parent)>> processes,
        TimeSpan interval)
    {
        _alive = [.. processIds.Select(static pid => (int)pid)];
        _gone = gone;
        _processes = processes;
        _timer = new Timer(_ => Look(), null, interval, interval);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    /// <summary>Looks once.</summary>
    internal void Look()
    {
        lock (_lock)
        {
            if (_done)
            {
                return;
            }

            // Children found now are remembered, so that they count when their parent has gone and init adopted them.
            var found = _processes();
            var now = found.Select(static process => process.Pid).ToHashSet();
            var grown = true;
            while (grown)
            {
                grown = false;
                foreach (var (pid, parent) in found)
                {
                    grown |= _alive.Contains(parent) && _alive.Add(pid);
                }
            }

            _alive.IntersectWith(now);
            if (_alive.Count > 0)
            {
                return;
            }

            _done = true;
        }

        _gone();
    }

    private static List<(int Pid, int Parent)> ReadProcesses()
    {
        var found = new List<(int, int)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                continue;
            }

            try
            {
                if (ParseStat(File.ReadAllText(folder + "/stat")) is { } parent)
                {
                    found.Add((pid, parent));
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has just ended.
            }
        }

        return found;
    }

    /// <summary>The parent out of /proc/PID/stat; null for a zombie, which is gone but for its exit code.</summary>
    internal static int? ParseStat(string stat)
    {
        // The command may hold blanks and parentheses: the fields begin behind the last one.
        var fields = stat.AsSpan(stat.LastIndexOf(')') + 1).Trim();
        var blank = fields.IndexOf(' ');
        if (blank < 0 || fields[0] is 'Z' or 'X')
        {
            return null;
        }

        var parent = fields[(blank + 1)..];
        var end = parent.IndexOf(' ');
        return int.TryParse(end < 0 ? parent : parent[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            ? pid
            : null;
    }
}
