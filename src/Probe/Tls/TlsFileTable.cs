// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Probe.Elf;
using L7Trace.Probe.Processes;

namespace L7Trace.Probe.Tls;

/// <summary>
/// The files that were looked into, and those of them that are probed. A file is known by its device and inode, and is the same one
/// while its build id is, or its size and times where it has none: a number that is given to another file is another file. It is probed
/// while a path leads to it, because the next program may use it, or a process has it mapped; then its probes go, which hold the
/// file's inode, and so its space on the disk. Any thread may call it.
/// </summary>
/// <param name="proc">Where processes are.</param>
/// <param name="probe">
/// Looks into a file, by its path and the one to show (null when that is not known), and probes it; null when it is none of TLS.
/// </param>
/// <param name="denied">Told the paths of a file that this process may not open; null for nobody.</param>
internal sealed partial class TlsFileTable(
    ProcFs proc, Func<ElfImage, string, string?, FileIdentity, TlsFile?> probe, Action<string, string?>? denied = null)
{
    private const int MaxPlain = 20_000; // files that are none of TLS, remembered

    private readonly Lock _gate = new();
    private readonly Dictionary<FileIdentity, Entry> _entries = [];
    private readonly Dictionary<Mapping, FileVersion> _mapped = [];
    private readonly HashSet<Mapping> _ofTls = []; // mappings of files whose TLS is read, or was
    private readonly Dictionary<uint, bool> _users = []; // processes that were looked at: has one of those mapped
    private readonly Dictionary<uint, string> _views = []; // of processes that see other files than this one
    private readonly ProcFs _quiet = proc.Quiet;
    private readonly string _ownView = ViewOf(proc.Quiet, (uint)Environment.ProcessId);
    private int _plain;

    /// <summary>A file as the text of /proc/PID/maps names it, which may be other than statx(2) does (overlayfs, btrfs).</summary>
    private readonly record struct Mapping(string Device, ulong Inode);

    /// <summary>Where a file was found: as processes with this view of files name it, or this process does (null).</summary>
    private readonly record struct Place(string? View, string Path);

    /// <summary>The files that are probed.</summary>
    internal IReadOnlyList<(FileIdentity Identity, TlsFile File)> Probed
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries.Where(static entry => entry.Value.File is not null).Select(static entry => (entry.Key, entry.Value.File!))];
            }
        }
    }

    /// <summary>Looks into a file that this process sees. True when it is one of TLS and was not probed before.</summary>
    internal bool Consider(string path) => Consider(path, path, new Place(null, path), null);

    /// <summary>Looks into what a process has mapped.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="looked">Told each file that was new, with the path to open it and the one to show.</param>
    /// <returns>How many files of TLS were not probed before.</returns>
    internal ulong Scan(uint processId, Action<string, string>? looked = null)
    {
        var fresh = 0UL;
        var isUser = false;
        var view = ViewOf(_quiet, processId);
        if (view != _ownView)
        {
            lock (_gate)
            {
                _views[processId] = view;
            }
        }

        var root = proc.RootOf(processId);
        foreach (var file in MappedFile.Parse(proc.ReadText(processId, "maps") ?? "", root))
        {
            var path = proc.PathOf(processId, file.BelowProc);
            var mapping = new Mapping(file.Device, file.Inode);
            var version = FileVersion.Of(path) ?? default; // out of reach: said once

            lock (_gate)
            {
                if (_mapped.TryGetValue(mapping, out var known) && known == version)
                {
                    isUser |= _ofTls.Contains(mapping);
                    continue;
                }

                _mapped[mapping] = version;
            }

            Place? place = file.IsDeleted || file.IsOutside ? null : new Place(view == _ownView ? null : view, file.Path);

            // Its root may be out of reach as a whole though its maps are not: some kernels show those to CAP_PERFMON.
            fresh += Consider(path, root is null ? null : file.Path, place, mapping) ? 1UL : 0;
            looked?.Invoke(path, file.Path);
            lock (_gate)
            {
                isUser |= _ofTls.Contains(mapping);
            }
        }

        lock (_gate)
        {
            _users[processId] = isUser || _users.GetValueOrDefault(processId);
        }

        return fresh;
    }

    /// <summary>True when a process has, or had, a file mapped whose TLS is read; false when it was looked at and had none; null when it was not.</summary>
    internal bool? IsUser(uint processId)
    {
        lock (_gate)
        {
            return _users.TryGetValue(processId, out var isUser) ? isUser : null;
        }
    }

    /// <summary>A process began anew, by exec or with a number that is used again.</summary>
    internal void ForgetUser(uint processId)
    {
        lock (_gate)
        {
            _users.Remove(processId);
        }
    }

    /// <summary>Forgets all; the probes are the caller's.</summary>
    internal IReadOnlyList<SafeHandle> TakeAll()
    {
        lock (_gate)
        {
            var links = _entries.Values.SelectMany(static entry => entry.File?.Links ?? []).ToList();
            _entries.Clear();
            _mapped.Clear();
            return links;
        }
    }

    private static string ViewOf(ProcFs proc, uint processId) => $"{proc.Namespace(processId, "mnt")}:{proc.RootOf(processId)}";

    private bool Consider(string path, string? shown, Place? place, Mapping? mapping)
    {
        try
        {
            // Opened once: what is looked at, read and probed is one file, whatever is put to its place meanwhile.
            using var image = ElfImage.Open(path, out var isDenied);
            if (isDenied)
            {
                denied?.Invoke(path, shown);
            }

            if (image is null || FileIdentity.Of(image.Path) is not { } identity || FileVersion.Of(image.Path) is not { } version)
            {
                return false;
            }

            return Begin(identity, version, image.BuildId, place, mapping, out var old) is { } entry
                && End(entry, Probe(image, path, shown, identity, old), version, image.BuildId);
        }
        catch (Exception e) when (e is ArgumentException or ArithmeticException or InvalidOperationException or IndexOutOfRangeException or OutOfMemoryException)
        {
            return false; // a file that was made to break its reader must not end the trace
        }
    }

    // Null when it is known, as it is.
    private Entry? Begin(FileIdentity identity, FileVersion version, string? buildId, Place? place, Mapping? mapping, out TlsFile? old)
    {
        old = null;
        lock (_gate)
        {
            var isNew = !_entries.TryGetValue(identity, out var entry);
            entry ??= _entries[identity] = new Entry();
            entry.Note(place, mapping);
            if (mapping is { } seen && (entry.IsRead || entry.IsBusy))
            {
                _ofTls.Add(seen); // while another thread looks into it, nobody says that it is none
            }

            if (!isNew && (entry.IsBusy || entry.Version == version))
            {
                return null;
            }

            // Touched, linked or renamed: the probes hold its inode, so it is no other one.
            if (entry.File is not null && (buildId is not null ? entry.BuildId == buildId
                : entry.BuildId is null && entry.Version.Size == version.Size && entry.Version.Modified == version.Modified))
            {
                entry.Version = version;
                return null;
            }

            old = entry.File;
            entry.File = null;
            entry.IsBusy = true;
            return entry;
        }
    }

    private TlsFile? Probe(ElfImage image, string path, string? shown, FileIdentity identity, TlsFile? old)
    {
        foreach (var link in old?.Links ?? [])
        {
            link.Dispose(); // it was written over in place
        }

        try
        {
            return probe(image, path, shown, identity);
        }
        catch (Exception e) when (e is ArgumentException or ArithmeticException or InvalidOperationException or IndexOutOfRangeException or OutOfMemoryException)
        {
            return null;
        }
    }

    private bool End(Entry entry, TlsFile? file, FileVersion version, string? buildId)
    {
        lock (_gate)
        {
            entry.File = file;
            entry.IsOfTls |= file is not null;
            entry.IsRead |= file is { IsRead: true };
            _ofTls.UnionWith(entry.IsRead ? entry.Mappings : []);
            entry.Version = version;
            entry.BuildId = buildId;
            entry.IsBusy = false;
            _plain += file is null ? 1 : 0;
        }

        return file is not null;
    }

    private sealed class Entry
    {
        internal TlsFile? File { get; set; }

        /// <summary>It is one of TLS, or was before it was written over.</summary>
        internal bool IsOfTls { get; set; }

        /// <summary>The same, and all of its TLS is read.</summary>
        internal bool IsRead { get; set; }

        /// <summary>A thread looks into it.</summary>
        internal bool IsBusy { get; set; }

        internal FileVersion Version { get; set; }

        internal string? BuildId { get; set; }

        internal HashSet<Place> Places { get; } = [];

        internal HashSet<Mapping> Mappings { get; } = [];

        internal void Note(Place? place, Mapping? mapping)
        {
            if (place is { } found)
            {
                Places.Add(found);
            }

            if (mapping is { } named)
            {
                Mappings.Add(named);
            }
        }
    }
}
