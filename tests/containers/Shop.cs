// SPDX-License-Identifier: Apache-2.0
using System.Net;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using L7Trace.Testing;
using Testcontainers.MySql;

namespace L7Trace.ContainerTests;

/// <summary>The application and its database, each in a container; MySQL 9, whose clients use TLS when nothing is said.</summary>
public sealed class Shop : IAsyncLifetime
{
    private const int Port = 8443;
    private const string Password = "shop-secret";

    private INetwork? _network;
    private MySqlContainer? _mySql;
    private IContainer? _app;

    /// <summary>The database's container.</summary>
    public MySqlContainer MySql => _mySql!;

    /// <summary>The application's container.</summary>
    public IContainer App => _app!;

    /// <summary>A client of the application, HTTP/2 over TLS.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    })
    {
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // Seen to be skipped, never passed in silence; where tracing is required, a failure.
        if (!L7Tracer.IsSupported(out string reason))
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("L7TRACE_REQUIRE") is not { Length: > 0 }, "required, but: " + reason);
            Assert.Skip(reason);
        }

        _network = new NetworkBuilder().Build();
        _mySql = new MySqlBuilder(Images.MySql).WithNetwork(_network).WithNetworkAliases("db").WithDatabase("shop").WithUsername("shop").WithPassword(Password).Build();
        await _mySql.StartAsync();
        _app = new ContainerBuilder(Images.AspNet)
            .WithNetwork(_network)
            .WithResourceMapping(new DirectoryInfo(AppFolder()), "/app")
            .WithEnvironment("SHOP_DATABASE", $"Server=db;Database=shop;User ID=shop;Password={Password};SslMode=Required")
            .WithEntrypoint("dotnet", "/app/app.dll")
            .WithPortBinding(Port, assignRandomHostPort: true)
            .WithWaitStrategy(Wait.ForUnixContainer().UntilInternalTcpPortIsAvailable(Port))
            .Build();
        await _app.StartAsync();
        Http.BaseAddress = new UriBuilder(Uri.UriSchemeHttps, _app.Hostname, _app.GetMappedPublicPort(Port)).Uri;
        await PostAsync("/setup");
    }

    /// <summary>A request that succeeds.</summary>
    public async Task GetAsync(string path) => (await Http.GetAsync(new Uri(path, UriKind.Relative))).EnsureSuccessStatusCode().Dispose();

    /// <summary>The same with POST.</summary>
    public async Task PostAsync(string path) => (await Http.PostAsync(new Uri(path, UriKind.Relative), null)).EnsureSuccessStatusCode().Dispose();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        foreach (IAsyncDisposable? part in new IAsyncDisposable?[] { _app, _mySql, _network })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }
    }

    // artifacts/bin/ContainerTests/debug beside artifacts/bin/app/debug.
    private static string AppFolder() => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "app", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'))));
}
