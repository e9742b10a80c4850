// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Export.Otlp;
using L7Trace.Export.Otlp.Spans;
using Xunit;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>The Resource of a process, by what is known and what the user says.</summary>
public sealed class ProcessResourceTests
{
    private static readonly TracedProcess s_all = new()
    {
        ProcessId = 42,
        ExecutableName = "node",
        ExecutablePath = "/usr/bin/node",
        Arguments = ["node", "app.js", "--password=secret"],
        CreationTime = new DateTimeOffset(2026, 11, 23, 1, 2, 3, 450, TimeSpan.FromHours(2)),
        ContainerId = new string('a', 64),
        HostName = "box",
    };

    [Fact]
    public void All_that_is_known_is_in_it_but_arguments_which_hold_passwords()
    {
        Assert.Equal(
            [
                $"container.id=\"{new string('a', 64)}\"", "host.name=\"box\"", "process.command=\"node\"",
                "process.creation.time=\"2026-11-22T23:02:03.450Z\"", "process.executable.name=\"node\"",
                "process.executable.path=\"/usr/bin/node\"", "process.pid=42", "service.name=\"unknown_service:node\"",
                "telemetry.sdk.language=\"dotnet\"", "telemetry.sdk.name=\"l7trace\"", "telemetry.sdk.version=\"0.1.0\"",
            ],
            Lines("", s_all));
        Assert.Contains("process.command_args=[\"node\", \"app.js\", \"--password=secret\"]", Lines("", s_all, Redaction.Off));
    }

    [Theory]
    [InlineData("", null, "unknown_service:node")]
    [InlineData("", "own", "own")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES=service.name=attribute", "own", "attribute")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES=service.name=attribute OTEL_SERVICE_NAME=variable", "own", "variable")]
    public void The_services_name_is_l7traces_variables_then_the_processs_own_then_its_programs(string variables, string? own, string name) =>
        Assert.Contains($"service.name=\"{name}\"", Lines(variables, new TracedProcess { ExecutableName = "node", ServiceName = own }));

    [Fact]
    public void A_process_that_is_not_known_is_an_unknown_service() => Assert.Contains("service.name=\"unknown_service\"", Lines("", new TracedProcess()));

    [Fact]
    public void Attributes_of_the_users_are_added_and_take_the_place_of_those_that_were_found()
    {
        var lines = Lines("OTEL_RESOURCE_ATTRIBUTES=host.name=given,deployment.environment.name=test", s_all);

        Assert.Contains("deployment.environment.name=\"test\"", lines);
        Assert.Equal(["host.name=\"given\""], lines.Where(static line => line.StartsWith("host.name", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_process_has_one_Resource()
    {
        var resources = new ProcessResource(OtlpEnvironmentTests.Read(null, ""), Redaction.Default);

        Assert.Same(resources.Of(s_all), resources.Of(s_all));
    }

    private static string[] Lines(string variables, TracedProcess process, Redaction? redaction = null) =>
        SpanTestCase.Lines(new ProcessResource(OtlpEnvironmentTests.Read(null, variables), redaction ?? Redaction.Default).Of(process).Attributes);
}
