// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>The commands of docs/opentelemetry.md do what they say: each is run, against servers that are there.</summary>
public sealed class OpenTelemetryGuideTests
{
    private static readonly string[] s_commands =
    [
        .. File.ReadAllText(Path.Combine(Repository.Root, "docs", "opentelemetry.md")).Split("```sh\n").Skip(1)
            .SelectMany(x => x.Split("```")[0].Split('\n', StringSplitOptions.RemoveEmptyEntries)),
    ];

    public static TheoryData<string> Commands() => [.. s_commands];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_of_the_guide_sends_spans(string command)
    {
        Requirement.Need("bpf", "nginx", "npm");
        bool isGrpc = command.Contains("PROTOCOL=grpc", StringComparison.Ordinal);
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync(isGrpc ? "grpc" : "http");
        await using NginxServer server = await NginxServer.StartAsync(sendfile: true);
        string port = server.Port.ToString(CultureInfo.InvariantCulture);

        // What stands for the reader's own: hosts, ports, processes, files, and a minute.
        string own = command
            .Replace("sudo ", "", StringComparison.Ordinal)
            .Replace("l7trace ", Repository.Binary + " ", StringComparison.Ordinal)
            .Replace("http://collector:4318", receiver.Address, StringComparison.Ordinal)
            .Replace("http://collector:4317", receiver.Address, StringComparison.Ordinal)
            .Replace("--name nginx", "--pid " + string.Join(',', server.ProcessIds), StringComparison.Ordinal)
            .Replace("--port 3306 --for 60s", $"--local-port {port} --for 5s", StringComparison.Ordinal)
            .Replace("http://127.0.0.1:8080/", $"http://127.0.0.1:{port}/text", StringComparison.Ordinal)
            .Replace("trace.pcapng", Path.Combine(Repository.Root, "fixtures", "mysql", "errors", "session.pcapng"), StringComparison.Ordinal);
        Assert.DoesNotContain("collector", own, StringComparison.Ordinal);

        await using ChildProcess process = ChildProcess.Start("env", "OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver.Address, "bash", "-c", "exec env " + own);
        if (!own.Contains(" -r ", StringComparison.Ordinal) && !own.Contains(" run ", StringComparison.Ordinal))
        {
            await process.WaitForErrorAsync(Tracer.IsReady);
            using var client = new HttpClient();
            await client.GetStringAsync($"http://127.0.0.1:{port}/text");
            if (!own.Contains("--for", StringComparison.Ordinal))
            {
                process.Signal(ChildProcess.SigInt);
            }
        }

        await process.WaitForSuccessAsync();
        Assert.NotEmpty(receiver.Spans);
        Assert.Contains($" {receiver.Spans.Count} span", process.Errors, StringComparison.Ordinal);
        if (isGrpc)
        {
            Assert.Equal("KEY", receiver.Requests[0].GetProperty("headers").GetProperty("api-key").GetString());
        }
    }

    [Fact]
    public void The_guide_has_commands() => Assert.True(s_commands.Length >= 5, $"{s_commands.Length}");
}
