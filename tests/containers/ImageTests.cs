// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using Docker.DotNet;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using MySqlConnector;

namespace L7Trace.ContainerTests;

/// <summary>The image of the Dockerfile, in the real engine: from inside its container it traces MariaDB in another one.</summary>
public sealed class ImageTests
{
    private const string Password = "image-secret";
    private const int Statements = 25;

    /// <summary>The rights of docs/containers.md, each with what an engine says that can't give them.</summary>
    [Theory]
    [InlineData("--privileged", "unable to apply caps")] // where the engine itself lacks one
    [InlineData("BPF,PERFMON,SYS_PTRACE,DAC_READ_SEARCH", "unknown capability")] // engines before 24
    [InlineData("SYS_ADMIN,SYS_PTRACE,DAC_READ_SEARCH", null)]
    public async Task From_its_container_it_traces_a_database_in_another_one(string rights, string? refusal)
    {
        Assert.SkipWhen(Images.L7Trace is null, "no image of l7trace was built (make test-containers does)");
        await using IContainer server = new ContainerBuilder(Images.MariaDb)
            .WithEnvironment("MYSQL_DATABASE", "shop").WithEnvironment("MYSQL_USER", "shop").WithEnvironment("MYSQL_PASSWORD", Password)
            .WithEnvironment("MARIADB_DATABASE", "shop").WithEnvironment("MARIADB_USER", "shop").WithEnvironment("MARIADB_PASSWORD", Password)
            .WithEnvironment("MYSQL_ROOT_PASSWORD", Password).WithEnvironment("MARIADB_ROOT_PASSWORD", Password)
            .WithPortBinding(3306, assignRandomHostPort: true)
            .WithWaitStrategy(Wait.ForUnixContainer().UntilExternalTcpPortIsAvailable(3306))
            .Build();
        await server.StartAsync();

        // What docs/containers.md says.
        ContainerBuilder builder = new ContainerBuilder(Images.L7Trace!)
            .WithCommand("watch", "--container", server.Name.TrimStart('/'), "-o", "jsonl", "--show-secrets")
            .WithBindMount(Socket(), "/var/run/docker.sock")
            .WithWaitStrategy(Wait.ForUnixContainer().UntilMessageIsLogged("l7trace: tracing container"));
        builder = rights == "--privileged"
            ? builder.WithPrivileged(true).WithCreateParameterModifier(x => x.HostConfig!.PidMode = "host")
            : builder.WithCreateParameterModifier(x =>
            {
                x.HostConfig!.PidMode = "host";
                x.HostConfig.CapDrop = ["ALL"];
                x.HostConfig.CapAdd = rights.Split(',');
                x.HostConfig.SecurityOpt = ["apparmor=unconfined", "seccomp=unconfined"];
            });
        if (!rights.Contains("SYS_ADMIN", StringComparison.Ordinal) && rights != "--privileged")
        {
            builder = builder.WithBindMount("/sys/kernel/tracing", "/sys/kernel/tracing", AccessMode.ReadOnly); // mounting it takes SYS_ADMIN
        }

        await using IContainer tracer = builder.Build();
        try
        {
            await tracer.StartAsync();
        }
        catch (DockerApiException exception) when (refusal is not null && exception.Message.Contains(refusal, StringComparison.Ordinal))
        {
            Assert.Skip($"this engine can't give {rights}: {exception.Message.Trim()}");
        }

        string connectionString = string.Create(CultureInfo.InvariantCulture,
            $"Server={server.Hostname};Port={server.GetMappedPublicPort(3306)};Database=shop;User ID=shop;Password={Password};SslMode=Required");
        await using (var connection = new MySqlConnection(connectionString))
        {
            await connection.OpenAsync();
            for (int i = 0; i < Statements; i++)
            {
                await using var command = new MySqlCommand(string.Create(CultureInfo.InvariantCulture, $"SELECT {i} AS of_image"), connection);
                Assert.Equal((long)i, Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture));
            }
        }

        await tracer.StopAsync(); // SIGTERM: it ends in order and writes the rest
        (string output, string errors) = await tracer.GetLogsAsync(timestampsEnabled: false);
        JsonElement[] records = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static x => x.StartsWith('{')).Select(static x => JsonDocument.Parse(x).RootElement)];
        JsonElement[] statements = [.. records.Where(static x => Text(x, "db.query.text")?.EndsWith("of_image", StringComparison.Ordinal) == true)];
        Assert.True(statements.Length == Statements, $"{statements.Length} statements\n{errors}");
        Assert.Equal(Enumerable.Range(0, Statements).Select(static i => string.Create(CultureInfo.InvariantCulture, $"SELECT {i} AS of_image")), statements.Select(static x => Text(x, "db.query.text")!));
        Assert.All(statements, x =>
        {
            Assert.Equal("server", Text(x, "role"));
            Assert.True(x.GetProperty("tls").GetBoolean());
            Assert.NotEqual("unknown", Text(x, "peer.proof"));
            Assert.Equal(3306, x.GetProperty("server.port").GetInt32());
            Assert.Equal(server.Id, Text(x, "container.id"));
            Assert.Equal(server.Name.TrimStart('/'), Text(x, "container.name"));
            Assert.Equal("mariadbd", Text(x, "process.command"));
        });
        Assert.DoesNotContain(records, static x => Text(x, "type") == "loss");
    }

    private static string? Text(JsonElement record, string name) => record.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static string Socket() =>
        Environment.GetEnvironmentVariable("DOCKER_HOST") is { } host && host.StartsWith("unix://", StringComparison.Ordinal) ? host["unix://".Length..] : "/var/run/docker.sock";
}
