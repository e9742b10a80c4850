// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Cli.Spans;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using Xunit;

namespace L7Trace.UnitTests.Cli.Spans;

/// <summary>Whose an exchange is, and what is known of that process.</summary>
public sealed class TracedProcessesTests
{
    private static readonly DateTimeOffset s_begin = DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(FakeSource.Begin / 100);

    private readonly uint _self = (uint)Environment.ProcessId;
    private DateTimeOffset _now = s_begin;
    private ProcessDetails? _details = new(s_begin - TimeSpan.FromMinutes(1), "/usr/bin/node");
    private int _reads;

    [Fact]
    public void A_process_is_read_when_it_is_met_and_once_a_second()
    {
        var processes = Processes();
        var first = processes.Of(Query());
        Assert.Equal(("node", "/usr/bin/node", Environment.MachineName), (first.ExecutableName, first.ExecutablePath, first.HostName));
        Assert.Same(first, processes.Of(Query()));
        Assert.Equal(1, _reads);

        _now += TimeSpan.FromSeconds(2);
        Assert.Same(first, processes.Of(Query()));
        Assert.Equal(2, _reads);
    }

    [Fact]
    public void What_was_known_of_a_process_that_has_ended_stays()
    {
        var processes = Processes();
        var first = processes.Of(Query());
        (_details, _now) = (null, _now + TimeSpan.FromSeconds(2));

        Assert.Same(first, processes.Of(Query()));
    }

    [Fact]
    public void A_process_that_becomes_another_program_is_another_Resource()
    {
        var processes = Processes();
        var first = processes.Of(Query());
        (_details, _now) = (_details! with { ExecutablePath = "/bin/sh" }, _now + TimeSpan.FromSeconds(2));

        Assert.NotSame(first, processes.Of(Query()));
        Assert.Equal("sh", processes.Of(Query()).ExecutableName);
    }

    [Fact]
    public void A_process_that_began_after_the_exchange_is_not_whose_that_was()
    {
        _details = new ProcessDetails(s_begin + TimeSpan.FromMinutes(1), "/usr/bin/other");
        var process = Processes().Of(Query());

        Assert.Equal((_self, "app", null), (process.ProcessId, process.ExecutableName, process.ExecutablePath));
    }

    [Fact]
    public void A_process_that_is_gone_already_is_what_the_kernel_said_of_it()
    {
        _details = null;
        var process = Processes().Of(Query());

        Assert.Equal((_self, "app", null, null), (process.ProcessId, process.ExecutableName, process.ExecutablePath, process.CreationTime));
    }

    [Fact]
    public void Of_a_file_only_what_stands_in_it_is_known()
    {
        var processes = new TracedProcesses(isLive: false, _ => throw new InvalidOperationException("this machine's processes are others"));
        var process = processes.Of(Query());

        Assert.Equal((_self, "app", null), (process.ProcessId, process.ExecutableName, process.HostName));
        Assert.Same(process, processes.Of(Query()));
        Assert.Null(processes.Of(Query(0, "")).ProcessId);
    }

    [Fact]
    public void This_process_is_described()
    {
        var details = ProcessDetails.Read(_self)!;
        var process = details.Describe(_self, "box");

        Assert.Equal(Path.GetFileName(Environment.ProcessPath), process.ExecutableName);
        Assert.NotEmpty(process.Arguments);
        Assert.InRange(process.CreationTime!.Value, new DateTimeOffset(System.Diagnostics.Process.GetCurrentProcess().StartTime).AddSeconds(-1),
            new DateTimeOffset(System.Diagnostics.Process.GetCurrentProcess().StartTime).AddSeconds(1));
        Assert.Equal(details, ProcessDetails.Read(_self));
        Assert.Null(ProcessDetails.Read(uint.MaxValue));
    }

    [Theory]
    [InlineData("A=1\0OTEL_SERVICE_NAME=shop\0B=2", "shop")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES=a=b,service.name=the%20shop,c=d", "the shop")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES=service.name=a\0OTEL_SERVICE_NAME=b", "b")]
    [InlineData("OTEL_SERVICE_NAME=\0OTEL_RESOURCE_ATTRIBUTES=service.name=a", "a")]
    [InlineData("MY_OTEL_SERVICE_NAME=shop\0OTEL_SERVICE_NAMES=shop\0OTEL_SERVICE_NAME", null)]
    [InlineData("", null)]
    public void A_services_own_name_is_in_its_variables(string environment, string? name) =>
        Assert.Equal(name, ProcessDetails.ServiceNameIn(Encoding.UTF8.GetBytes(environment)));

    private TracedProcesses Processes() => new(isLive: true, _ =>
    {
        _reads++;
        return _details;
    }, () => _now);

    private MySqlExchange Query(uint? id = null, string command = "app") => Some.Query("SELECT 1", connection: new ConnectionInfo
    {
        Id = new ConnectionId(1),
        Role = EndpointRole.Client,
        ProcessId = id ?? _self,
        ProcessCommand = command,
    });
}
