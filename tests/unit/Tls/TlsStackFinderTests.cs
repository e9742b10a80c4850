// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Probe.Doctor;
using L7Trace.Probe.Processes;
using L7Trace.Probe.Scope;
using L7Trace.Probe;
using L7Trace.Probe.Tls;
using Xunit;

namespace L7Trace.UnitTests.Tls;

public sealed class TlsStackFinderTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("l7tls-");

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("xxOpenSSL 3.0.19 27 Jan 2026", "3.0.19")]
    [InlineData("OpenSSL 1.1.1w  11 Sep 2023", "1.1.1w")]
    [InlineData("enable OpenSSL 3.0 legacy provider\0OpenSSL 3.2.1 30", "3.2.1")]
    [InlineData("OpenSSL 3.0.19", "3.0.19")]
    [InlineData("OpenSSL ", null)]
    [InlineData("OpenSSL \e[2J", null)]
    [InlineData("OpenSSL ...", null)]
    public void The_version_is_what_the_library_says(string text, string? version) =>
        Assert.Equal(version, TlsTexts.None.With(Encoding.UTF8.GetBytes(text)).OpenSsl);

    [Fact]
    public void Other_libraries_name_themselves_too()
    {
        var texts = TlsTexts.None
            .With("Enabled GnuTLS 3.7.9 logging..."u8)
            .With("/root/.cargo/registry/src/hyper-rustls-0.24.2/src/lib.rs /x/rustls-pki-types-1.0.0/ /x/rustls-0.23.5/src/conn.rs"u8)
            .With("OpenSSL 1.1.1 (compatible; BoringSSL)"u8)
            .With("../ssl/statem/statem_lib.c"u8);
        Assert.Equal("3.7.9", texts.GnuTls);
        Assert.Equal("0.23.5", texts.Rustls);
        Assert.Equal("3.90", TlsTexts.None.With("Version: NSS 3.90\0"u8).Nss);
        Assert.Equal("3.87.1", TlsTexts.None.With("x Version: NSS 3.87.1 "u8).Nss);
        Assert.True(texts.IsBoringSsl);
        Assert.True(texts.HasOpenSslCode);
        Assert.Null(texts.LibreSsl);
    }

    [Fact]
    public void What_is_not_read_has_its_reason()
    {
        var none = new TlsFileFacts(false, 0, 0, 0, 0, 0, null, false, TlsTexts.None);
        Assert.Empty(TlsStackFinder.OfFacts("/usr/bin/true", none, null));
        Assert.Empty(TlsStackFinder.OfFacts("/usr/bin/true", null, null));
        var stripped = Assert.Single(TlsStackFinder.OfFacts("/app", none with { Texts = TlsTexts.None with { HasOpenSslCode = true, OpenSsl = "3.1.0" } }, null));
        Assert.Equal(("OpenSSL", "3.1.0", false), (stripped.Name, stripped.Version, stripped.IsRead));
        Assert.Contains("stripped", stripped.Reason, StringComparison.Ordinal);
        var old = Assert.Single(TlsStackFinder.OfFacts("/app", none with { IsGoWithTls = true, GoVersion = "go1.16.3" }, null));
        Assert.Contains("1.17", old.Reason, StringComparison.Ordinal);
        var go = Assert.Single(TlsStackFinder.OfFacts("/app", none with { IsGoWithTls = true, Go = 9, GoVersion = "go1.22.1" }, null));
        Assert.Equal(("Go crypto/tls", "go1.22.1", 9, true), (go.Name, go.Version, go.Functions, go.IsRead));
    }

    [Fact]
    public void Libraries_without_a_version_of_their_own_take_that_of_the_process_or_of_their_name()
    {
        var facts = new TlsFileFacts(false, 15, 0, 0, 0, 0, null, false, TlsTexts.None);
        Assert.Equal("3.0.19", Assert.Single(TlsStackFinder.OfFacts("/lib/libssl.so.3", facts, "3.0.19")).Version);
        Assert.Equal("1.1", Assert.Single(TlsStackFinder.OfFacts("/lib/libssl.so.1.1", facts, null)).Version);
        Assert.Null(TlsStackFinder.NumberIn("node"));
    }

    [Fact]
    public void A_process_is_told_by_what_it_has_mapped()
    {
        var library = LoaderCache.Find(["libssl.so.3"]).FirstOrDefault();
        Assert.SkipWhen(library is null, "no libssl.so.3 is installed");
        Process(7, "java", $"1000-2000 r-xp 0 fe:00 5 {library}\n3000-4000 r-xp 0 fe:00 6 /opt/jdk/lib/server/libjvm.so\n5000-6000 r-xp 0 fe:00 8 /usr/lib/libwolfssl.so.35\n");
        Directory.CreateDirectory(Path.Combine(_root.FullName, "7", "root", "opt", "jdk"));
        File.WriteAllText(Path.Combine(_root.FullName, "7", "root", "opt", "jdk", "release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"17.0.9\"\n");
        Directory.CreateDirectory(Path.Combine(_root.FullName, "7", "root", Path.GetDirectoryName(library)![1..]));
        File.CreateSymbolicLink(Path.Combine(_root.FullName, "7", "root", library[1..]), library);
        var found = Assert.Single(TlsProcesses.Find(null, new ProcFs(_root.FullName), null));
        Assert.Equal(["OpenSSL", "Java JSSE", "wolfSSL"], found.Stacks.Select(static stack => stack.Name));
        Assert.Equal("17.0.9", found.Stacks[1].Version);
        Assert.True(found.IsRead);
        Assert.InRange(found.Stacks[0].Functions, 10, 20);
        Assert.All(found.Stacks.Skip(1), static stack => Assert.False(stack.IsRead));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NSS_is_read_where_its_functions_and_those_of_NSPR_are(bool hasNspr)
    {
        string?[] libraries = [.. new[] { "libssl3.so", "libnspr4.so" }.Select(static name => LoaderCache.Find([name]).FirstOrDefault())];
        Assert.SkipWhen(libraries.Contains(null), "no libssl3.so and libnspr4.so are installed");
        var mapped = libraries.OfType<string>().Take(hasNspr ? 2 : 1).ToList();
        Process(7, "nss", string.Concat(mapped.Select(static (path, i) => $"{i + 1}000-{i + 2}000 r-xp 0 fe:00 {i + 5} {path}\n")));
        foreach (var library in mapped)
        {
            Directory.CreateDirectory(Path.Combine(_root.FullName, "7", "root", Path.GetDirectoryName(library)![1..]));
            File.CreateSymbolicLink(Path.Combine(_root.FullName, "7", "root", library[1..]), library);
        }

        var stack = Assert.Single(Assert.Single(TlsProcesses.Find(null, new ProcFs(_root.FullName), null)).Stacks);
        Assert.Equal(("NSS", 3, hasNspr), (stack.Name, stack.Functions, stack.IsRead));
        Assert.StartsWith("3.", stack.Version, StringComparison.Ordinal);
        Assert.Contains(hasNspr ? "" : "NSPR", stack.Reason ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_scope_those_without_TLS_are_listed_too_and_what_may_not_be_seen_says_so()
    {
        Process(7, "none", "");
        Process(8, "other", null);
        var processes = new ProcFs(_root.FullName);
        Assert.Equal(["other"], TlsProcesses.Find(null, processes, null).Select(static process => process.Process.Command));
        var all = TlsProcesses.Find(new ProbeScope { All = true }, processes, null);
        Assert.Equal(["none", "other"], all.Select(static process => process.Process.Command));
        Assert.Null(all[0].Obstacle);
        Assert.Contains("root", all[1].Obstacle, StringComparison.Ordinal);
        Assert.Equal(["none"], TlsProcesses.Find(new ProbeScope { Commands = ["none"] }, processes, null).Select(static process => process.Process.Command));
    }

    [Fact]
    public void Sockets_are_found_by_their_ports()
    {
        const string Table =
            """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
               1: 0100007F:9C40 0100007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0 100 0 0 10 0
               2: broken
            """;
        Assert.Equal([11UL, 12], SocketOwners.Inodes(Table, new ProbeScope { AnyPorts = [443] }));
        Assert.Equal([11UL], SocketOwners.Inodes(Table, new ProbeScope { LocalPorts = [443] }));
        Assert.Equal([12UL], SocketOwners.Inodes(Table, new ProbeScope { RemotePorts = [443] }));
    }

    [Fact]
    public void Doctor_names_them_once()
    {
        TlsStack[] stacks = [new("OpenSSL", "3.0.19", "/a", 15, null), new("OpenSSL", "3.0.19", "/b", 15, null), new("NSS", null, "/c", 0, "no")];
        Assert.StartsWith("read: OpenSSL 3.0.19; not read: NSS (", TlsCheck.Of(stacks).Evidence, StringComparison.Ordinal);
        Assert.StartsWith("none that is read", TlsCheck.Of([]).Evidence, StringComparison.Ordinal);
    }

    private void Process(uint id, string command, string? maps)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root.FullName, id.ToString(CultureInfo.InvariantCulture))).FullName;
        File.WriteAllText(Path.Combine(folder, "stat"), $"{id} ({command}) S 1 {string.Join(' ', Enumerable.Repeat("0", 20))}\n");
        File.WriteAllText(Path.Combine(folder, "cmdline"), command + "\0");
        if (maps is not null)
        {
            File.WriteAllText(Path.Combine(folder, "maps"), maps);
        }
    }
}
