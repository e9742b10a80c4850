// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace L7Trace.IntegrationTests.Support;

/// <summary>An nginx that speaks TLS on several ports and answers each request with its own port and the request's target.</summary>
internal sealed class TlsNginx : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _process;

    private TlsNginx(TemporaryFolder folder, ChildProcess process, int[] ports, string authority)
    {
        _folder = folder;
        _process = process;
        Ports = ports;
        Authority = authority;
    }

    /// <summary>The file with what its clients trust.</summary>
    public string Authority { get; }

    /// <summary>The ports that it listens on.</summary>
    public IReadOnlyList<int> Ports { get; }

    /// <summary>Its master, whose children the workers are.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts one.</summary>
    /// <param name="ports">How many ports.</param>
    /// <param name="protocols">TLS versions, as nginx calls them.</param>
    /// <param name="http2">HTTP/2 is offered too.</param>
    /// <param name="plain">How many of the ports, the last ones, are in the clear.</param>
    /// <param name="earlyData">The first port takes early data (TLS 1.3); the others refuse it.</param>
    public static async Task<TlsNginx> StartAsync(int ports, string protocols = "TLSv1.2 TLSv1.3", bool http2 = false, int plain = 0, bool earlyData = false)
    {
        var folder = new TemporaryFolder();
        var certificate = new Certificate(folder);
        for (int attempt = 0; ; attempt++)
        {
            int[] free = [.. Enumerable.Range(0, ports).Select(_ => Network.FreePort()).Distinct()];
            await File.WriteAllTextAsync(folder.File("nginx.conf"), Configuration(folder.Path, free, protocols, http2, plain, earlyData, certificate));
            ChildProcess process = ChildProcess.Start(
                "nginx", "-p", folder.Path, "-c", folder.File("nginx.conf"), "-e", folder.File("error.log"));
            if (await ListensAsync(process, free))
            {
                return new TlsNginx(folder, process, free, certificate.File);
            }

            Assert.True(attempt < 3, process.Said());
            await process.DisposeAsync();
        }
    }

    /// <summary>Its workers.</summary>
    public int[] Workers() =>
    [
        .. File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(x => int.Parse(x, CultureInfo.InvariantCulture)),
    ];

    /// <summary>Reads its configuration anew: new workers take the place of those that there are.</summary>
    public async Task ReloadAsync()
    {
        const int SigHup = 1;
        int[] before = Workers();
        _process.Signal(SigHup);
        for (int i = 0; i < 300 && (Workers() is not { Length: 2 } now || now.Intersect(before).Any()); i++)
        {
            await Task.Delay(20);
        }
    }

    /// <summary>Ends it in order and reads its log.</summary>
    public async Task<IReadOnlyList<TlsNginxEntry>> StopAsync()
    {
        _process.Signal(ChildProcess.SigTerm);
        await _process.WaitAsync();
        return [.. File.ReadLines(_folder.File("access.log")).Select(Parse)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Signal(ChildProcess.SigTerm); // SIGKILL would leave the workers behind
            await _process.WaitAsync(10);
        }

        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static TlsNginxEntry Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        return new TlsNginxEntry(
            root.GetProperty("port").GetInt32(), root.GetProperty("client").GetInt32(), root.GetProperty("uri").GetString()!);
    }

    private static async Task<bool> ListensAsync(ChildProcess process, int[] ports)
    {
        for (int i = 0; i < 500 && !process.HasExited; i++)
        {
            if (ports.All(Answers))
            {
                return true;
            }

            await Task.Delay(20);
        }

        return false;
    }

    private static bool Answers(int port)
    {
        using var client = new System.Net.Sockets.TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private static string Configuration(string prefix, int[] ports, string protocols, bool http2, int plain, bool earlyData, Certificate certificate) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        daemon off;
        user root;
        worker_processes 2;
        pid {{prefix}}/pid;
        events { worker_connections 512; }
        http {
            log_format peers escape=json '{"port":$server_port,"client":$remote_port,"uri":"$request_uri"}';
            access_log {{prefix}}/access.log peers;
            client_body_temp_path {{prefix}}/t1; proxy_temp_path {{prefix}}/t2; fastcgi_temp_path {{prefix}}/t3;
            uwsgi_temp_path {{prefix}}/t4; scgi_temp_path {{prefix}}/t5;
            default_type text/plain;
            keepalive_requests 100000;
            ssl_certificate {{certificate.File}};
            ssl_certificate_key {{certificate.Key}};
            ssl_protocols {{protocols}};
            {{string.Join("\n    ", ports.Select((port, i) =>
                $$"""
                server {
                        listen 127.0.0.1:{{port}}{{(i < ports.Length - plain ? " ssl" : "")}}{{(http2 ? " http2" : "")}};
                        ssl_early_data {{(earlyData && i == 0 ? "on" : "off")}};
                        location / { return 200 "$server_port $request_uri"; }
                    }
                """))}}
        }
        """);
}

/// <summary>One line of its access log.</summary>
/// <param name="Port">The server's port.</param>
/// <param name="Client">The client's port.</param>
/// <param name="Uri">The request's target.</param>
internal sealed record TlsNginxEntry(int Port, int Client, string Uri);
