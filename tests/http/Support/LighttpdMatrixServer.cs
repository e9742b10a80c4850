// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests.Support;

/// <summary>
/// lighttpd, whose TLS is NSS's, in front of Python's aiohttp, which does what programs' servers do. Its journal is its own
/// access log.
/// </summary>
internal sealed class LighttpdMatrixServer : IHttpServer
{
    private const char Separator = '\t';

    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _process;
    private readonly IHttpServer _behind;

    private LighttpdMatrixServer(TemporaryFolder folder, ChildProcess process, IHttpServer behind, int port)
    {
        (_folder, _process, _behind) = (folder, process, behind);
        Port = port;
    }

    /// <inheritdoc/>
    public int Port { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> ProcessIds => [_process.Id];

    /// <inheritdoc/>
    /// <remarks>
    /// It writes every few seconds. An HTTP/2 connection is a line of its own, at its end. Of what it sends in chunks its
    /// count has the framing.
    /// </remarks>
    public IReadOnlyList<JournalEntry>? Journal =>
        File.Exists(Log)
            ? [.. File.ReadAllText(Log).Split('\n').SkipLast(1).Where(x => !x.StartsWith("PRI", StringComparison.Ordinal)).Select(Read)]
            : [];

    private string Log => _folder.File("access.log");

    public static async Task<IHttpServer> StartAsync(string version, IReadOnlyList<Step> steps, Certificate? certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        string lighttpd = Programs.Need("lighttpd");
        if (!Programs.HasLibrary("lighttpd/mod_nss.so"))
        {
            Requirement.Miss(Programs.Wanted, "no mod_nss of lighttpd (lighttpd-mod-nss)");
        }

        IHttpServer behind = await ProgramServer.StartAsync(await Programs.PythonAsync("python_server.py", "aiohttp"), HttpVersion.One, null);
        for (int attempt = 0; ; attempt++)
        {
            var folder = new TemporaryFolder();
            int port = Network.FreePort();
            await File.WriteAllTextAsync(folder.File("lighttpd.conf"), Configuration(folder.Path, port, behind.Port, version, certificate));
            ChildProcess process = ChildProcess.Start(lighttpd, "-D", "-f", folder.File("lighttpd.conf"));
            if (await StartsAsync(process, folder.File("error.log")))
            {
                return new LighttpdMatrixServer(folder, process, behind, port);
            }

            Assert.True(attempt < 3, process.Said());
            await process.DisposeAsync();
            folder.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _behind.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<bool> StartsAsync(ChildProcess process, string log)
    {
        for (int i = 0; i < 200 && !process.HasExited; i++)
        {
            if (File.Exists(log) && (await File.ReadAllTextAsync(log)).Contains("server started", StringComparison.Ordinal))
            {
                return true;
            }

            await Task.Delay(50);
        }

        return false;
    }

    private static JournalEntry Read(string line)
    {
        string[] x = line.Split(Separator);
        string uri = x[1] + (x[2].Length == 0 ? "" : "?" + x[2]);
        return new JournalEntry
        {
            N = Number(x[2][(x[2].LastIndexOf('=') + 1)..]),
            Method = x[0],
            Uri = uri,
            Status = Number(x[3]),
            Sent = uri.StartsWith("/chunked/", StringComparison.Ordinal) ? null : x[4] == "-" ? 0 : Number(x[4]),
            Number = x[5],
            Port = Number(x[6]),
        };
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Configuration(string prefix, int port, int behind, string version, Certificate certificate) => $$"""
        server.modules = ("mod_nss", "mod_accesslog", "mod_proxy")
        server.document-root = "{{prefix}}"
        server.bind = "127.0.0.1"
        server.port = {{port}}
        server.errorlog = "{{prefix}}/error.log"
        server.stream-request-body = 1
        server.stream-response-body = 1
        server.feature-flags = ("server.h2proto" => "{{(version == HttpVersion.Two ? "enable" : "disable")}}")
        ssl.engine = "enable"
        ssl.pemfile = "{{certificate.File}}"
        ssl.privkey = "{{certificate.Key}}"
        accesslog.filename = "{{prefix}}/access.log"
        accesslog.format = "%m{{Separator}}%U{{Separator}}%q{{Separator}}%s{{Separator}}%b{{Separator}}%{X-Number}i{{Separator}}%{remote}p"
        proxy.server = ("" => (("host" => "127.0.0.1", "port" => {{behind}})))
        """;
}
