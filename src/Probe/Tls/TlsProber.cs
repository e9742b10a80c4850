// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Elf;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Go;
using L7Trace.Probe.KeyLog;
using L7Trace.Probe.Processes;

namespace L7Trace.Probe.Tls;

/// <summary>
/// Finds the files of TLS libraries and probes them: those that the loader knows before anyone maps them, because reacting to
/// a process that does comes too late for a short one, and those that processes in scope have mapped or map later. A file
/// is probed once, by what it is and not by its path; whose calls are looked at is decided in the kernel.
/// </summary>
internal sealed partial class TlsProber : IDisposable
{
    private readonly L7Object _bpf;
    private readonly ProcFs _proc;
    private readonly Refusals _refusals;
    private readonly Lock _gate = new();
    private readonly Dictionary<FileIdentity, TlsFile?> _files = []; // null: none of TLS
    private readonly HashSet<(string Device, ulong Inode)> _mapped = [];
    private readonly HashSet<uint> _pending = [];
    private readonly BlockingCollection<uint> _queue = [];
    private readonly Thread _worker;
    private ulong _late;
    private bool _disposed;

    internal TlsProber(L7Object bpf, ProcFs proc, Refusals refusals, IKeyLog? keyLog = null)
    {
        _refusals = refusals;
        _keyLog = keyLog;
        _bpf = bpf;
        _proc = proc;
        _worker = new Thread(Work) { IsBackground = true, Name = "tls-prober" };
    }

    /// <summary>The files that are probed.</summary>
    internal IReadOnlyList<TlsFile> Files
    {
        get
        {
            lock (_gate)
            {
                return [.. _files.Values.OfType<TlsFile>()];
            }
        }
    }

    /// <summary>Files that were probed after a process in scope had mapped them while the trace went on.</summary>
    internal ulong LateFiles => Volatile.Read(ref _late);

    /// <summary>Probes what the loader knows, known programs with a library inside, and these files, then begins to look at processes.</summary>
    internal void Start(IEnumerable<string> files)
    {
        _bpf.SetTlsProbed();
        var known = LoaderCache.Find([.. TlsLibrary.All.SelectMany(static library => library.FilePrefixes)]);
        Parallel.ForEach(files.Concat(known).Concat(KnownPrograms.Find()), path => Consider(path, path));
        _worker.Start();
    }

    /// <summary>Probes what a process has mapped, on the caller's thread.</summary>
    /// <returns>How many files were not probed before.</returns>
    internal ulong Scan(uint processId)
    {
        var fresh = 0UL;
        var root = _proc.RootOf(processId);
        foreach (var file in MappedFile.Parse(_proc.ReadText(processId, "maps") ?? "", root))
        {
            lock (_gate)
            {
                if (!_mapped.Add((file.Device, file.Inode)))
                {
                    continue;
                }
            }

            var path = _proc.PathOf(processId, file.BelowProc);
            fresh += Consider(path, root is null ? null : file.Path) ? 1UL : 0;
            SayRefused(path, file.Path);
        }

        return fresh;
    }

    /// <summary>Probes what these have mapped.</summary>
    internal void ScanAll(IEnumerable<uint> processes)
    {
        foreach (var process in processes)
        {
            Scan(process);
        }
    }

    /// <summary>A process may have mapped something new: it is looked at soon, by a thread of its own.</summary>
    internal void ScanSoon(uint processId)
    {
        lock (_gate)
        {
            if (_queue.IsAddingCompleted || !_pending.Add(processId))
            {
                return;
            }
        }

        _queue.Add(processId);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _queue.CompleteAdding();
        if (_worker.IsAlive)
        {
            _worker.Join();
        }

        // Each waits for a grace period of the kernel: together, not one after the other.
        var links = Files.SelectMany(static file => file.Links).ToList();
        var threads = links.Select(static link => new Thread(link.Dispose, 128 * 1024)).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        _queue.Dispose();
    }

    private void Work()
    {
        foreach (var processId in _queue.GetConsumingEnumerable())
        {
            lock (_gate)
            {
                _pending.Remove(processId); // what it maps from now on asks for another look
            }

            Volatile.Write(ref _late, _late + Scan(processId));
        }
    }

    // True when it is one of TLS and was not known. Shown is the path as the process has it; null when that is out of reach as a whole,
    // though its maps are not: some kernels show those to CAP_PERFMON.
    private bool Consider(string path, string? shown)
    {
        try
        {
            // Opened once: what is looked at, read and probed is one file, whatever is put to its place meanwhile.
            using var image = ElfImage.Open(path, out var isDenied);
            if (isDenied)
            {
                Refuse(path, shown);
            }

            if (image is null || FileIdentity.Of(image.Path) is not { } identity)
            {
                return false;
            }

            lock (_gate)
            {
                if (!_files.TryAdd(identity, null))
                {
                    return false;
                }
            }

            if ((_keyLog is null ? Probe(image, path, shown) : ProbeForSecrets(image, path, identity)) is not { } file)
            {
                return false;
            }

            lock (_gate)
            {
                _files[identity] = file;
            }

            return true;
        }
        catch (Exception e) when (e is ArgumentException or ArithmeticException or InvalidOperationException or IndexOutOfRangeException or OutOfMemoryException)
        {
            return false; // a file that was made to break its reader must not end the trace
        }
    }

    // Of what was replaced, only libraries that TLS is in by their name: other deleted mappings are none of our concern.
    private void Refuse(string path, string? shown)
    {
        if (shown is null)
        {
            return;
        }

        if (!path.Contains("/map_files/", StringComparison.Ordinal))
        {
            _refusals.AddFile(shown);
        }
        else if (TlsLibrary.IsNamedLike(shown))
        {
            _refusals.AddReplaced(shown);
        }
    }

    private TlsFile? Probe(ElfImage image, string path, string? shown)
    {
        var go = GoTls.Find(image);
        var offsets = image.FindFunctions(TlsLibrary.AllNames, TlsLibrary.Telling);
        var libraries = TlsLibrary.All.Where(library => library.Required.All(offsets.ContainsKey)).ToList();
        if (libraries.Count == 0 && go is null)
        {
            return null;
        }

        var functions = libraries.SelectMany(static library => library.Functions)
            .Where(function => offsets.ContainsKey(function.Name)).ToList();
        foreach (var (function, offset) in TlsPlacement.Improve(image, functions, offsets))
        {
            functions.Add(function);
            offsets[function.Name] = offset;
        }

        var attacher = new TlsFileAttacher(_bpf, image.Path);
        attacher.Attach(functions, offsets);
        attacher.Attach(go ?? []);
        if (attacher.Failed.Count > 0)
        {
            _refusals.AddProbe(shown ?? path, attacher.Errno);
        }

        return new TlsFile(
            path, [.. libraries.Select(static library => library.Name), .. go is null ? Array.Empty<string>() : ["Go crypto/tls"]],
            attacher.Links, attacher.Failed);
    }
}
