// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace L7Trace.Probe.Tls;

/// <content>Files that were replaced, and those that nobody can use any more.</content>
internal sealed partial class TlsFileTable
{
    private const int MaxUsers = 5000; // processes, before those that ended are forgotten
    private const int LongestPause = 30; // sweeps

    private int _lost;         // files that no path led to at the last look at who uses them
    private int _pause = 1;    // sweeps between two such looks
    private int _passed;

    /// <summary>
    /// Looks for files that were replaced, and takes the probes off those that nobody can use any more. For the latter all
    /// processes are read: while a file stays in use, less and less often. To be called by one thread, every few seconds.
    /// </summary>
    internal void Sweep()
    {
        List<(FileIdentity Identity, Entry Entry, Place[] Places)> known;
        lock (_gate)
        {
            foreach (var gone in _views
                .Where(view => _quiet.RootOf(view.Key) is null || ViewOf(_quiet, view.Key) != view.Value)
                .Select(static view => view.Key).ToList())
            {
                _views.Remove(gone);
            }

            if (_users.Count > MaxUsers)
            {
                foreach (var gone in _users.Keys.Where(process => _quiet.ReadStat(process) is null).ToList())
                {
                    _users.Remove(gone);
                }
            }

            if (_plain > MaxPlain)
            {
                Forget(static entry => !entry.IsOfTls && !entry.IsBusy);
                _mapped.Clear();
            }

            known = [.. _entries.Where(static entry => entry.Value is { IsOfTls: true, IsBusy: false })
                .Select(static entry => (entry.Key, entry.Value, entry.Value.Places.ToArray()))];
        }

        var lost = new List<(FileIdentity Identity, Entry Entry)>();
        foreach (var (identity, entry, places) in known)
        {
            var isThere = false;
            foreach (var place in places)
            {
                if (Resolve(place, identity) is not { } path)
                {
                    continue;
                }

                var isSame = FileIdentity.Of(path) == identity;
                isThere |= isSame;
                if (!isSame || FileVersion.Of(path) != entry.Version)
                {
                    Consider(path, place.Path, place, null); // a package was upgraded: before anyone maps what is there now
                }
            }

            if (!isThere)
            {
                lost.Add((identity, entry));
            }
        }

        _pause = lost.Count > _lost ? 1 : _pause;
        if (lost.Count > 0 && (_pause == 1 || ++_passed >= _pause))
        {
            _lost = Release(lost);
            _passed = 0;
            _pause = _lost > 0 ? Math.Min(_pause * 2, LongestPause) : 1;
        }
    }

    // Where this process finds a place: by way of any process that sees it. The file itself, if it is still there for one.
    private string? Resolve(Place place, FileIdentity wanted)
    {
        if (place.View is null)
        {
            return File.Exists(place.Path) ? place.Path : null;
        }

        List<uint> seers;
        lock (_gate)
        {
            seers = [.. _views.Where(view => view.Value == place.View).Select(static view => view.Key)];
        }

        var paths = seers.Select(process => proc.PathOf(process, "root" + place.Path)).Where(File.Exists).ToList();
        return paths.Find(path => FileIdentity.Of(path) == wanted) ?? paths.FirstOrDefault();
    }

    private int Release(List<(FileIdentity Identity, Entry Entry)> lost)
    {
        var used = new HashSet<Mapping>();
        foreach (var process in _quiet.ReadAll())
        {
            if (_quiet.ReadText(process.ProcessId, "maps") is { } maps)
            {
                used.UnionWith(MappedFile.Parse(maps).Select(static file => new Mapping(file.Device, file.Inode)));
            }
            else if (!_quiet.HasNoProgram(process.ProcessId))
            {
                return lost.Count; // it can't be looked at: nobody knows what it uses
            }
        }

        var links = new List<SafeHandle>();
        var kept = 0;
        lock (_gate)
        {
            foreach (var (identity, entry) in lost)
            {
                if (entry.IsBusy || entry.Mappings.Any(used.Contains) || used.Contains(AsMapped(identity)))
                {
                    kept++;
                    continue;
                }

                _entries.Remove(identity);
                foreach (var mapping in entry.Mappings)
                {
                    _mapped.Remove(mapping);
                    _ofTls.Remove(mapping);
                }

                links.AddRange(entry.File?.Links ?? []);
            }
        }

        links.ForEach(static link => link.Dispose());
        return kept;
    }

    // As the text of /proc/PID/maps has it where it agrees with statx(2).
    private static Mapping AsMapped(FileIdentity identity) =>
        new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{identity.Major:x2}:{identity.Minor:x2}"), identity.Inode);

    private void Forget(Func<Entry, bool> which)
    {
        foreach (var identity in _entries.Where(entry => which(entry.Value)).Select(static entry => entry.Key).ToList())
        {
            _entries.Remove(identity);
        }

        _plain = 0;
    }
}
