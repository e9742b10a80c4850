// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// Notices when every process that was named by id is gone: nothing would come any more, and a script would wait for
/// ever. A process counts as there while one that descends from it lives (a daemon's parent ends at its start).
/// </summary>
internal sealed class TargetWatch : IDisposable
{
    // All processes are read at every fourth look, and when one is gone: with thousands of them that is what an idle trace costs.
    private const int LooksBetweenScans = 4;

    // But at each one in the first seconds, in which a daemon's parent ends.
    private const int FirstLooks = 20;

    // Beyond that many a scan costs no more.
    private const int MostAsked = 16;

    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(250);

    private readonly HashSet<int> _alive;
    private readonly Action _gone;
    private readonly Func<IReadOnlyList<(int Pid, int Parent)>> _processes;
    private readonly Func<int, bool> _lives;
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private int _looks;
    private bool _done;

    /// <summary>Watches from now on; <paramref name="gone"/> is called once, on another thread.</summary>
    public TargetWatch(IReadOnlyList<uint> processIds, Action gone)
        : this(processIds, gone, ReadProcesses, static pid => ReadParent($"/proc/{pid}") is not null, _interval)
    {
    }

    internal TargetWatch(
        IReadOnlyList<uint> processIds,
        Action gone,
        Func<IReadOnlyList<(int Pid, int Parent)>> processes,
        Func<int, bool> lives,
        TimeSpan interval)
    {
        _alive = [.. processIds.Select(static pid => (int)pid)];
        _gone = gone;
        _processes = processes;
        _lives = lives;
        _timer = new Timer(_ => Look(), null, interval, interval);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    /// <summary>Looks once.</summary>
    internal void Look()
    {
        lock (_lock)
        {
            if (_done || !NeedsScan())
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

    private bool NeedsScan()
    {
        var looks = _looks++;
        return looks < FirstLooks || looks % LooksBetweenScans == 0 || _alive.Count > MostAsked || !_alive.All(_lives);
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

            if (ReadParent(folder) is { } parent)
            {
                found.Add((pid, parent));
            }
        }

        return found;
    }

    private static int? ReadParent(string folder)
    {
        try
        {
            return ParseStat(File.ReadAllText(folder + "/stat"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // it has just ended
        }
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
