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
    private const long SweepInterval = 2000; // milliseconds

    private readonly L7Object _bpf;
    private readonly Refusals _refusals;
    private readonly Lock _gate = new();
    private readonly TlsFileTable _files;
    private readonly HashSet<uint> _pending = [];
    private readonly BlockingCollection<uint> _queue = [];
    private readonly Thread _worker;
    private uint _numbers;
    private ulong _late;
    private bool _disposed;

    internal TlsProber(L7Object bpf, ProcFs proc, Refusals refusals, IKeyLog? keyLog = null)
    {
        _refusals = refusals;
        _keyLog = keyLog;
        _bpf = bpf;
        _files = new TlsFileTable(
            proc, (image, path, shown, identity) => _keyLog is null ? Probe(image, path, shown) : ProbeForSecrets(image, path, identity), Refuse);
        _worker = new Thread(Work) { IsBackground = true, Name = "tls-prober" };
    }

    /// <summary>The files that are probed.</summary>
    internal IReadOnlyList<(FileIdentity Identity, TlsFile File)> Files => _files.Probed;

    /// <summary>Files that were probed after a process in scope had mapped them while the trace went on.</summary>
    internal ulong LateFiles => Volatile.Read(ref _late);

    /// <summary>Probes what the loader knows, known programs with a library inside, and these files, then begins to look at processes.</summary>
    internal void Start(IEnumerable<string> files)
    {
        _bpf.SetTlsProbed();
        var known = LoaderCache.Find([.. TlsLibrary.All.SelectMany(static library => library.FilePrefixes)]);
        Parallel.ForEach(files.Concat(known).Concat(KnownPrograms.Find()), path => _files.Consider(path));
        _worker.Start();
    }

    /// <summary>Probes what a process has mapped, on the caller's thread.</summary>
    /// <returns>How many files were not probed before.</returns>
    internal ulong Scan(uint processId) => _files.Scan(processId, _keyLog is null ? null : SayRefused);

    /// <summary>Whether a process has mapped a file whose TLS is read; null when it was not looked at.</summary>
    internal bool? HasProbedFile(uint processId) => _files.IsUser(processId);

    /// <summary>A process began: what was known of its number is another one's.</summary>
    internal void Begin(uint processId) => _files.ForgetUser(processId);

    /// <summary>What is probed, with the calls that the kernel side has counted.</summary>
    internal IReadOnlyList<TlsProbedFile> ReadHits()
    {
        var hits = ProbeHits.Read(_bpf.ProbeHits);
        return [.. Files.Select(entry => ProbeHits.Of(entry.Identity, entry.File, hits))];
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
        var threads = _files.TakeAll().Select(static link => new Thread(link.Dispose, 128 * 1024)).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        _queue.Dispose();
    }

    private void Work()
    {
        var next = Environment.TickCount64 + SweepInterval;
        while (!_queue.IsCompleted)
        {
            if (_queue.TryTake(out var processId, (int)Math.Clamp(next - Environment.TickCount64, 0, SweepInterval)))
            {
                lock (_gate)
                {
                    _pending.Remove(processId); // what it maps from now on asks for another look
                }

                Volatile.Write(ref _late, _late + Scan(processId));
            }

            if (Environment.TickCount64 >= next && !_queue.IsAddingCompleted)
            {
                _files.Sweep();
                next = Environment.TickCount64 + SweepInterval;
            }
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
        var read = functions.Select(static function => function.Name).ToList(); // before some of them are probed at what they call
        foreach (var (function, offset) in TlsPlacement.Improve(image, functions, offsets))
        {
            functions.Add(function);
            offsets[function.Name] = offset;
        }

        var number = Interlocked.Increment(ref _numbers);
        var attacher = new TlsFileAttacher(_bpf, image.Path, number);
        attacher.Attach(functions, offsets);
        attacher.Attach(go ?? []);
        if (attacher.Failed.Count > 0)
        {
            _refusals.AddProbe(shown ?? path, attacher.Errno);
        }

        // The loader's first name of it may be a developer's link.
        var found = path.StartsWith("/proc/", StringComparison.Ordinal) ? path : SafeFile.LinkTarget(image.Path) ?? path;
        return new TlsFile(
            found, [.. libraries.Select(static library => library.Name), .. go is null ? Array.Empty<string>() : ["Go crypto/tls"]],
            attacher.Links, attacher.Failed)
        {
            Number = number,
            IsRead = go is not null || libraries.Any(static library => library is { IsTls: true, IsAlwaysRead: true }),
            Functions = read.Except(attacher.Failed).Count() + (go?.Sum(static place => place.Offsets.Length) ?? 0),
        };
    }
}
