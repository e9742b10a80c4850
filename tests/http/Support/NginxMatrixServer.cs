// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests.Support;

/// <summary>nginx with what the programs' servers do; its journal is its access log.</summary>
internal sealed class NginxMatrixServer : IHttpServer
{
    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _process;

    private NginxMatrixServer(TemporaryFolder folder, ChildProcess process, int port, int[] workers)
    {
        _folder = folder;
        _process = process;
        Port = port;
        ProcessIds = [process.Id, .. workers];
    }

    /// <inheritdoc/>
    public int Port { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> ProcessIds { get; }

    public static async Task<IHttpServer> StartAsync(string version, IReadOnlyList<Step> steps, Certificate? certificate)
    {
        string nginx = Programs.Need("nginx");
        var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("www/body"));
        foreach (Step step in steps.Where(x => x.Case is "body" or "chunked"))
        {
            var bytes = new byte[int.Parse(step.Argument, System.Globalization.CultureInfo.InvariantCulture)];
            Array.Fill(bytes, (byte)'b');
            await File.WriteAllBytesAsync(folder.File("www/body/" + step.Argument), bytes);
        }

        for (int attempt = 0; ; attempt++)
        {
            int port = Network.FreePort();
            await File.WriteAllTextAsync(folder.File("nginx.conf"), Configuration(folder.Path, port, version, certificate));
            ChildProcess process = ChildProcess.Start(nginx, "-p", folder.Path, "-c", folder.File("nginx.conf"), "-e", folder.File("error.log"));
            if (await NginxServer.WaitForWorkersAsync(process, 1) is { } pids)
            {
                return new NginxMatrixServer(folder, process, port, pids);
            }

            Assert.True(attempt < 3, process.Said());
            await process.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    /// <remarks>Of what it sends in chunks, and of trailers, its count has the framing.</remarks>
    public IReadOnlyList<JournalEntry>? Journal =>
    [
        .. JournalEntry.Parse(File.ReadAllText(_folder.File("access.log")))
            .Select(x => x.Uri!.StartsWith("/chunked/", StringComparison.Ordinal) ? x with { Sent = null } : x),
    ];

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

    // An upload goes on to a server behind a unix socket, so that nginx reads it whole before it answers, and says its size.
    private static string Configuration(string prefix, int port, string version, Certificate? certificate) => $$"""
        daemon off;
        user root;
        worker_processes 1;
        pid {{prefix}}/pid;
        events { worker_connections 512; }
        http {
            log_format journal escape=json '{"n":$arg_n,"method":"$request_method","uri":"$request_uri","status":$status,"sent":$sent,"received":$received,"number":"$http_x_number","port":$remote_port}';
            access_log {{prefix}}/access.log journal;
            map $upstream_http_x_received $received { default $upstream_http_x_received; "" null; }
            map $http_expect $sent { default null; "" $body_bytes_sent; } # which has the interim response
            map $content_length $size { default $content_length; "" 0; }
            client_body_temp_path {{prefix}}/t1; proxy_temp_path {{prefix}}/t2; fastcgi_temp_path {{prefix}}/t3;
            uwsgi_temp_path {{prefix}}/t4; scgi_temp_path {{prefix}}/t5;
            default_type application/octet-stream;
            client_max_body_size 16m;
            server {
                listen 127.0.0.1:{{port}}{{(certificate is null ? "" : " ssl")}}{{(version == HttpVersion.Two ? " http2" : "")}};
                {{(certificate is null ? "" : $"ssl_certificate {certificate.File}; ssl_certificate_key {certificate.Key};")}}
                add_header X-Number $arg_n always;
                root {{prefix}}/www;
                location /body/ { }
                location /chunked/ { alias {{prefix}}/www/body/; add_header X-Number $arg_n always; add_trailer X-Sum $arg_n; }
                location /upload { proxy_pass http://unix:{{prefix}}/upload.sock:; proxy_hide_header X-Received; }
                location /status/204 { return 204; }
                location /status/304 { return 304; }
                location /status/404 { return 404 "status 404"; }
                location /status/500 { return 500 "status 500"; }
                location /early { return 413 "too much"; }
            }
            server {
                listen unix:{{prefix}}/upload.sock;
                access_log off;
                add_header X-Received $size;
                return 200 "$size bytes";
            }
        }
        """;
}
