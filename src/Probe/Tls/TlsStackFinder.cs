// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Elf;
using L7Trace.Probe.Go;
using L7Trace.Probe.Processes;

namespace L7Trace.Probe.Tls;

/// <summary>
/// Names the implementations of TLS in a process by the files that it has mapped to execute: those that are read, and those
/// that are not with the reason. A file is looked into once, by what it is and not by its path. Belongs to one thread.
/// </summary>
/// <param name="proc">Where processes are.</param>
internal sealed class TlsStackFinder(ProcFs proc)
{
    private const int MaxFiles = 20_000;       // remembered
    private const int MaxFilesOfProcess = 4096;
    private const int MaxRelease = 4096;
    private const string Nss = "NSS";
    private const string NotByNspr = "what is read and written past NSPR's functions (PR_Read, PR_Write) is not seen";

    /// <summary>Libraries that are told by their file's name, with why they are not read.</summary>
    private static readonly (string Prefix, string Name, string Reason)[] s_unread =
    [
        ("libjvm.so", "Java JSSE", "it is Java code, compiled while it runs: there is no function to probe"),
        ("libmbedtls.so", "Mbed TLS", "it has functions of its own, which are not probed"),
        ("libwolfssl.so", "wolfSSL", "it has functions of its own, which are not probed"),
        ("libs2n.so", "s2n-tls", "it has functions of its own, which are not probed"),
    ];

    private readonly Dictionary<FileIdentity, TlsFileFacts?> _files = [];

    /// <summary>What a process has mapped, and why nothing of it can be read or was seen.</summary>
    internal (IReadOnlyList<TlsStack> Stacks, string? Obstacle) Find(uint processId)
    {
        if (proc.ReadText(processId, "maps") is not { } maps)
        {
            return ([], "its memory can't be looked at: that takes root (CAP_SYS_PTRACE)");
        }

        var seen = new HashSet<(string, ulong)>();
        var files = MappedFile.Parse(maps, proc.RootOf(processId)).Where(file => seen.Add((file.Device, file.Inode))).Take(MaxFilesOfProcess)
            .Select(file => (File: file, Identity: FileIdentity.Of(proc.PathOf(processId, file.BelowProc)), Facts: FactsOf(processId, file))).ToList();
        if (files.Any(static entry => entry.Facts is { Is32Bit: true }))
        {
            return ([], "a 32-bit program: none is traced");
        }

        // Programs say which one they were built with; only the library itself says which one it is.
        var version = files.FirstOrDefault(static entry => IsCrypto(entry.File.Path)).Facts?.Texts.OpenSsl;
        var stacks = files.SelectMany(entry => Of(processId, entry.File, entry.Facts, version).Select(stack => stack with { File = entry.Identity })).ToList();
        if (!files.Any(static entry => entry.Facts is { Nspr: > 0 }))
        {
            stacks = stacks.ConvertAll(static stack => stack.Name == Nss ? stack with { Reason = "the functions of NSPR, by which it is called, are in no file of the process" } : stack);
        }

        AddDotNet(files.ConvertAll(static entry => entry.File), stacks);
        return (stacks, null);
    }

    /// <summary>Which implementations a process has and why they are not read, in one line; null when it has none that is known. Any thread may call it.</summary>
    internal string? WhyNotRead(uint processId)
    {
        lock (_files)
        {
            var (stacks, obstacle) = Find(processId);
            return obstacle ?? (stacks.Count == 0 ? null : string.Join("; ", stacks
                .Select(static stack => stack.IsRead && stack.Name == Nss ? stack with { Reason = NotByNspr } : stack).Where(static stack => !stack.IsRead)
                .Select(static stack => $"{stack.Name}{(stack.Version is { } version ? " " + version : "")}: {stack.Reason}").Distinct()));
        }
    }

    /// <summary>What is in one file, for a look at what is installed.</summary>
    internal IEnumerable<TlsStack> OfFile(string path) =>
        FileIdentity.Of(path) is { } identity ? OfFacts(path, Facts(path, identity), null) : [];

    private static bool IsCrypto(string path) => Path.GetFileName(path).StartsWith("libcrypto.so", StringComparison.Ordinal);

    private TlsFileFacts? FactsOf(uint processId, MappedFile file)
    {
        var path = proc.PathOf(processId, file.BelowProc);
        return FileIdentity.Of(path) is { } identity ? Facts(path, identity) : null;
    }

    private TlsFileFacts? Facts(string path, FileIdentity identity)
    {
        if (_files.TryGetValue(identity, out var known))
        {
            return known;
        }

        var facts = TlsFileFacts.Read(path);
        if (_files.Count < MaxFiles)
        {
            _files.Add(identity, facts);
        }

        return facts;
    }

    private IEnumerable<TlsStack> Of(uint processId, MappedFile file, TlsFileFacts? facts, string? version)
    {
        var name = Path.GetFileName(file.Path);
        foreach (var (prefix, library, reason) in s_unread)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return [new TlsStack(library, prefix == "libjvm.so" ? JavaVersion(processId, file.Path) : NumberIn(name), file.Path, 0, reason)];
            }
        }

        // A file that may not be read would else look like one without TLS.
        if (facts is null && TlsLibrary.IsNamedLike(file.Path) && ElfImage.Open(proc.PathOf(processId, file.BelowProc), out var isDenied) is null && isDenied)
        {
            return [new TlsStack(name, NumberIn(name), file.Path, 0, file.IsDeleted
                ? "it was replaced, and what is still in use can't be read: that takes root (CAP_CHECKPOINT_RESTORE)"
                : "the file can't be read: that takes root (CAP_DAC_READ_SEARCH)")];
        }

        return OfFacts(file.Path, facts, version);
    }

    /// <summary>What the facts of a file come to.</summary>
    /// <param name="path">The file, in the process's view.</param>
    /// <param name="facts">What is in it.</param>
    /// <param name="version">Version of the OpenSSL that the process has, where this file does not say it itself.</param>
    internal static IEnumerable<TlsStack> OfFacts(string path, TlsFileFacts? facts, string? version)
    {
        if (facts is null)
        {
            yield break;
        }

        var texts = facts.Texts;
        if (facts.OpenSsl > 0 || (texts.HasOpenSslCode && facts.GoVersion is null))
        {
            yield return new TlsStack(
                texts.IsBoringSsl ? "BoringSSL" : texts.LibreSsl is not null ? "LibreSSL" : "OpenSSL",
                texts.IsBoringSsl ? null : texts.LibreSsl ?? texts.OpenSsl ?? version ?? NumberIn(Path.GetFileName(path)),
                path,
                facts.OpenSsl,
                facts.OpenSsl > 0 ? null : "it is inside of this file, whose symbols were stripped");
        }

        if (facts.GnuTls > 0)
        {
            yield return new TlsStack("GnuTLS", texts.GnuTls ?? NumberIn(Path.GetFileName(path)), path, facts.GnuTls, null);
        }

        if (facts.Nss > 0)
        {
            yield return new TlsStack(Nss, texts.Nss, path, facts.Nss, null);
        }

        if (facts.IsGoWithTls)
        {
            yield return new TlsStack(
                "Go crypto/tls",
                facts.GoVersion,
                path,
                facts.Go,
                facts.Go > 0 ? null
                    : GoVersion.HasRegisterAbi(facts.GoVersion, isArm64: false, hasOldTable: false) ? "its table of functions is not understood"
                    : "Go before 1.17 passes arguments on the stack");
        }

        if (texts.Rustls is { } rustls)
        {
            yield return new TlsStack("rustls", rustls, path, 0, "its functions are compiled into their callers: there is none to probe");
        }
    }

    // SslStream calls the system's libssl, which it loads with the first connection.
    private static void AddDotNet(List<MappedFile> files, List<TlsStack> stacks)
    {
        var runtime = files.FirstOrDefault(static file => Path.GetFileName(file.Path) == "libcoreclr.so");
        if (runtime.Path is not { } path)
        {
            return;
        }

        var folder = Path.GetFileName(Path.GetDirectoryName(path)) ?? "";
        stacks.Add(new TlsStack(
            ".NET SslStream",
            folder.Length > 0 && char.IsAsciiDigit(folder[0]) ? folder : null,
            path,
            0,
            stacks.Any(static stack => stack.Name == "OpenSSL") ? null : "no libssl is loaded: it has made no TLS connection yet"));
    }

    private string? JavaVersion(uint processId, string library)
    {
        // JAVA_HOME/lib/server/libjvm.so; JAVA_HOME/release says JAVA_VERSION="17.0.9".
        var home = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(library)));
        try
        {
            using var file = File.OpenHandle(proc.PathOf(processId, "root" + home + "/release"));
            var bytes = new byte[MaxRelease];
            var text = System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, RandomAccess.Read(file, bytes, 0)));
            const string Name = "JAVA_VERSION=\"";
            var at = text.IndexOf(Name, StringComparison.Ordinal);
            var end = at < 0 ? -1 : text.IndexOf('"', at + Name.Length);
            return end < 0 ? null : text[(at + Name.Length)..end];
        }
        catch (Exception e) when (SafeFile.IsExpected(e) || e is NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>The number behind ".so." in a library's name, its interface's and not its release's.</summary>
    internal static string? NumberIn(string name)
    {
        const string Mark = ".so.";
        var at = name.IndexOf(Mark, StringComparison.Ordinal);
        var number = at < 0 ? "" : new string([.. name[(at + Mark.Length)..].TakeWhile(static c => char.IsAsciiDigit(c) || c == '.')]);
        return number.Length == 0 ? null : number;
    }
}
