// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Elf;
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
    private readonly Lock _gate = new();
    private readonly Dictionary<FileIdentity, TlsFile?> _files = []; // null: none of TLS
    private readonly HashSet<(string Device, ulong Inode)> _mapped = [];
    private readonly BlockingCollection<uint> _queue = [];
    private readonly Thread _worker;
    private ulong _late;
    private bool _disposed;

    internal TlsProber(L7Object bpf, ProcFs proc, IKeyLog? keyLog = null)
    {
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
        Parallel.ForEach(files.Concat(known).Concat(KnownPrograms.Find()), path => Consider(path));
        _worker.Start();
    }

    /// <summary>Probes what a process has mapped, on the caller's thread.</summary>
    /// <returns>How many files were not probed before.</returns>
    internal ulong Scan(uint processId)
    {
        var fresh = 0UL;
        foreach (var file in MappedFile.Parse(_proc.ReadText(processId, "maps") ?? ""))
        {
            lock (_gate)
            {
                if (!_mapped.Add((file.Device, file.Inode)))
                {
                    continue;
                }
            }

            // Another container's paths lead somewhere else here.
            var path = _proc.PathOf(processId, file.IsDeleted ? "map_files/" + file.Range : "root" + file.Path);
            fresh += Consider(path) ? 1UL : 0;
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
        if (!_queue.IsAddingCompleted)
        {
            _queue.Add(processId);
        }
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
            Volatile.Write(ref _late, _late + Scan(processId));
        }
    }

    // True when it is one of TLS and was not known.
    private bool Consider(string path)
    {
        if (FileIdentity.Of(path) is not { } identity)
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

        if ((_keyLog is null ? Probe(path) : ProbeForSecrets(path, identity)) is not { } file)
        {
            return false;
        }

        lock (_gate)
        {
            _files[identity] = file;
        }

        return true;
    }

    private TlsFile? Probe(string path)
    {
        Dictionary<string, ulong> offsets;
        IReadOnlyList<(string Program, ulong[] Offsets)>? go;
        List<TlsLibrary> libraries;
        List<TlsFunction> functions;
        IReadOnlyList<(TlsFunction Function, ulong Offset)> inner;
        using (var image = ElfImage.Open(path))
        {
            if (image is null)
            {
                return null;
            }

            go = GoTls.Find(image);
            offsets = image.FindFunctions(
                [.. TlsLibrary.All.SelectMany(static library => library.Functions).Select(static function => function.Name)]);
            libraries = [.. TlsLibrary.All.Where(library => library.Required.All(offsets.ContainsKey))];
            functions = [.. libraries.SelectMany(static library => library.Functions).Where(function => offsets.ContainsKey(function.Name))];
            inner = TlsPlacement.Improve(image, functions, offsets);
        }

        if (libraries.Count == 0 && go is null)
        {
            return null;
        }

        var links = new List<SafeHandle>();
        var failed = new List<string>();
        foreach (var (function, offset) in inner)
        {
            functions.Add(function);
            offsets[function.Name] = offset;
        }

        // The returns first: a call whose entry is seen is then sure to be seen to its end.
        Attach(functions.Where(static function => function.Return is not null).ToLookup(static function => function.Return!), true);
        Attach(functions.Where(static function => function.Entry is not null).ToLookup(static function => function.Entry!), false);
        foreach (var (program, places) in go ?? [])
        {
            AttachAt(program, false, places, [program]);
        }

        return new TlsFile(
            path, [.. libraries.Select(static library => library.Name), .. go is null ? Array.Empty<string>() : ["Go crypto/tls"]], links, failed);

        void Attach(ILookup<string, TlsFunction> programs, bool isReturn)
        {
            foreach (var group in programs)
            {
                ulong[] places = [.. group.Select(function => offsets[function.Name]).Distinct()];
                AttachAt(group.Key, isReturn, places, group.Select(static function => function.Name));
            }
        }

        void AttachAt(string program, bool isReturn, ulong[] places, IEnumerable<string> names)
        {
            var made = _bpf.AttachFunctions(program, isReturn, path, places);
            links.AddRange(made);
            failed.AddRange(made.Count == 0 ? names : []);
        }
    }
}
