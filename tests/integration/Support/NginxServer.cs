// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>An nginx of its own: private prefix, loopback port, access log with what the tests compare.</summary>
internal sealed class NginxServer : IAsyncDisposable
{
    /// <summary>Sizes of the files that it serves as /f/SIZE.</summary>
    public static readonly int[] FileSizes = [0, 1, 100, 1000, 4000, 20000, 100000];

    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _process;

    private NginxServer(TemporaryFolder folder, ChildProcess process, int port, int[] workers)
    {
        _folder = folder;
        _process = process;
        Port = port;
        ProcessIds = [process.Id, .. workers];
    }

    public int Port { get; }

    /// <summary>Master and workers.</summary>
    public IReadOnlyList<int> ProcessIds { get; }

    private string Log => _folder.File("access.log");

    /// <param name="http2">It speaks HTTP/2, in the clear and by prior knowledge, instead of HTTP/1.</param>
    public static async Task<NginxServer> StartAsync(bool sendfile, int workers = 2, bool http2 = false)
    {
        var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("www/f"));
        foreach (int size in FileSizes)
        {
            var body = new byte[size];
            Array.Fill(body, (byte)'b');
            await File.WriteAllBytesAsync(folder.File($"www/f/{size}"), body);
        }

        for (int attempt = 0; ; attempt++)
        {
            int port = Network.FreePort();
            await File.WriteAllTextAsync(folder.File("nginx.conf"), Configuration(folder.Path, port, sendfile, workers, http2));
            ChildProcess process = ChildProcess.Start(
                "nginx", "-p", folder.Path, "-c", folder.File("nginx.conf"), "-e", folder.File("error.log"));
            if (await WaitForWorkersAsync(process, workers) is { } pids)
            {
                return new NginxServer(folder, process, port, pids);
            }

            Assert.True(attempt < 3, process.Said());
            await process.DisposeAsync();
        }
    }

    /// <summary>Waits until its log, which is written as requests end, has so many lines, from a marker on if given.</summary>
    public async Task WaitForRequestsAsync(int count, string? after = null)
    {
        for (int i = 0; i < 300; i++)
        {
            if (File.Exists(Log)
                && File.ReadLines(Log).SkipWhile(x => after is not null && !x.Contains(after, StringComparison.Ordinal))
                    .Take(count).Count() == count)
            {
                return;
            }

            await Task.Delay(100);
        }

        Assert.Fail("nginx got too few requests.");
    }

    /// <summary>Ends it in order and reads its log.</summary>
    public async Task<IReadOnlyList<NginxLogEntry>> StopAsync()
    {
        if (!_process.HasExited)
        {
            _process.Signal(ChildProcess.SigTerm);
            await _process.WaitAsync();
        }

        return NginxLog.Read(Log);
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

    private static string Configuration(string prefix, int port, bool sendfile, int workers, bool http2) => $$"""
        daemon off;
        user root;
        worker_processes {{workers}};
        worker_priority -10;
        pid {{prefix}}/pid;
        events { worker_connections 512; }
        http {
            log_format numbers escape=json '{"connection":$connection,"request":$connection_requests,"method":"$request_method","uri":"$request_uri","status":$status,"body":$body_bytes_sent,"time":"$request_time","port":$remote_port}';
            access_log {{prefix}}/access.log numbers;
            client_body_temp_path {{prefix}}/t1; proxy_temp_path {{prefix}}/t2; fastcgi_temp_path {{prefix}}/t3;
            uwsgi_temp_path {{prefix}}/t4; scgi_temp_path {{prefix}}/t5;
            default_type application/octet-stream;
            keepalive_requests {{(http2 ? 1000000 : 2000)}};
            sendfile {{(sendfile ? "on" : "off")}};
            server {
                listen 127.0.0.1:{{port}}{{(http2 ? " http2" : "")}};
                root {{prefix}}/www;
                location /f/ { }
                location /slow/ { alias {{prefix}}/www/f/; limit_rate 400k; }
                location /gone { return 410; }
                location /moved { return 302 /f/1; }
                location /nothing { return 204; }
                location /text { return 200 "a short text"; }
            }
        }
        """;

    internal static async Task<int[]?> WaitForWorkersAsync(ChildProcess master, int workers)
    {
        for (int i = 0; i < 500 && !master.HasExited; i++)
        {
            int[] pids = Children(master.Id);
            if (pids.Length == workers)
            {
                return pids;
            }

            await Task.Delay(10);
        }

        return null;
    }

    private static int[] Children(int pid)
    {
        try
        {
            return
            [
                .. File.ReadAllText($"/proc/{pid}/task/{pid}/children")
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(x => int.Parse(x, CultureInfo.InvariantCulture)),
            ];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
