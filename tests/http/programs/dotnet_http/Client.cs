// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace L7Trace.HttpTests.DotNetHttp;

/// <summary>HttpClient.</summary>
internal static class Client
{
    private const int Aborted = 100; // bytes after which a step goes that does not stay

    public static async Task RunAsync(string version, string url, string path, string[] ca)
    {
        using var client = new HttpClient(Handler(ca))
        {
            BaseAddress = new Uri(url),
            DefaultRequestVersion = Version.Parse(version == "2" ? "2.0" : version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (IGrouping<int, Step> group in Journal.Steps(path).GroupBy(x => x.Group))
        {
            foreach (Entry entry in await Task.WhenAll(group.Select(x => OneAsync(client, x))))
            {
                Journal.Say(entry);
            }
        }
    }

    /// <summary>Sockets, and TLS by the given authority.</summary>
    public static SocketsHttpHandler Handler(string[] ca)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            MaxConnectionsPerServer = 8,
            Expect100ContinueTimeout = TimeSpan.FromMinutes(1),
        };
        if (ca is [var file])
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(file));
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return handler;
    }

    private static async Task<Entry> OneAsync(HttpClient client, Step step)
    {
        var entry = new Entry { N = step.N, Method = step.Method, Uri = step.Path };
        using var request = new HttpRequestMessage(new HttpMethod(step.Method), step.Path);
        request.Version = client.DefaultRequestVersion;
        request.VersionPolicy = client.DefaultVersionPolicy;
        request.Headers.Add("X-Number", step.N.ToString(CultureInfo.InvariantCulture));
        request.Headers.ConnectionClose = step.Close ? true : null;
        request.Headers.ExpectContinue = step.Expect ? true : null;
        if (step.Body is { } size)
        {
            request.Content = new ByteArrayContent(new byte[size]);
            if (step.Chunked)
            {
                request.Headers.TransferEncodingChunked = client.DefaultRequestVersion.Major == 1 ? true : null;
                request.Content = new StreamContent(new Unsized(new byte[size]));
            }
        }

        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            entry.Sent = step.Body ?? 0;
            entry.Status = (int)response.StatusCode;
            entry.Number = response.Headers.TryGetValues("X-Number", out IEnumerable<string>? values) ? values.Single() : null;
            await using Stream body = await response.Content.ReadAsStreamAsync();
            var buffer = new byte[8192];
            for (int count; (count = await body.ReadAsync(step.Abort ? buffer.AsMemory(0, Aborted) : buffer)) > 0;)
            {
                entry.Received += count;
                if (step.Abort && entry.Received >= Aborted)
                {
                    entry.Error = "aborted";
                    return entry;
                }
            }

            entry.Trailers = response.TrailingHeaders.ToDictionary(x => x.Key, x => string.Join(", ", x.Value));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            entry.Error = e.Message;
        }

        return entry;
    }

    // Of which nobody knows the length beforehand.
    private sealed class Unsized(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
