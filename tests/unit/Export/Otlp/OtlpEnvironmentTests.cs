// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Otlp.Spans;
using Xunit;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>Which of an option and several variables counts, and what they may say.</summary>
public sealed class OtlpEnvironmentTests
{
    [Theory]
    [InlineData(null, "", "http://localhost:4318/v1/traces")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "http://localhost:4317/")]
    // The one for all signals gets the path of traces behind its own; the one for traces is taken as it is.
    [InlineData(null, "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318", "http://c:4318/v1/traces")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318/", "http://c:4318/v1/traces")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_ENDPOINT=https://c/otlp/", "https://c/otlp/v1/traces")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4318", "http://c:4318/")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4318/mine", "http://c:4318/mine")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_ENDPOINT=http://a OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://b/t", "http://b/t")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_ENDPOINT=http://a OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=", "http://a/v1/traces")]
    [InlineData("http://here:1", "OTEL_EXPORTER_OTLP_ENDPOINT=http://a OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://b/t", "http://here:1/v1/traces")]
    [InlineData("http://here:1/v1/traces", "", "http://here:1/v1/traces")]
    [InlineData("http://here:1?key=5esame", "", "http://here:1/v1/traces?key=5esame")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c/mine?key=5esame", "http://c/mine?key=5esame")]
    [InlineData("http://[::1]:4318", "", "http://[::1]:4318/v1/traces")]
    // gRPC has no path; without a scheme the one or the other is meant by OTEL_EXPORTER_OTLP_INSECURE.
    [InlineData("http://here:1/any/path", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "http://here:1/")]
    [InlineData("here:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "https://here:4317/")]
    [InlineData("here:4317", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc OTEL_EXPORTER_OTLP_INSECURE=true", "http://here:4317/")]
    [InlineData("https://here:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_INSECURE=true", "https://here:4317/")]
    [InlineData("here:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_INSECURE=true OTEL_EXPORTER_OTLP_TRACES_INSECURE=false", "https://here:4317/")]
    public void The_address_is(string? option, string variables, string address) => Assert.Equal(address, Read(option, variables).Endpoint.ToString());

    [Fact]
    public void What_is_shown_of_an_address_has_no_query() =>
        Assert.Equal("http://here:1/v1/traces", Read("http://here:1?key=5esame", "").ShownEndpoint);

    [Fact]
    public void The_protocol_for_traces_goes_before_that_for_all()
    {
        Assert.Equal(OtlpProtocol.HttpProtobuf, Read(null, "").Protocol);
        Assert.Equal(OtlpProtocol.Grpc, Read(null, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc").Protocol);
    }

    [Fact]
    public void Headers_are_decoded_and_those_for_traces_take_the_place_of_the_others()
    {
        Assert.Equal([new("api-key", "a b=c"), new("x", "")], Read(null, "OTEL_EXPORTER_OTLP_HEADERS=api-key=a%20b=c,x=").Headers);
        Assert.Equal([new("t", "1")], Read(null, "OTEL_EXPORTER_OTLP_HEADERS=api-key=a OTEL_EXPORTER_OTLP_TRACES_HEADERS=t=1").Headers);
        Assert.Empty(Read(null, "").Headers);
    }

    [Fact]
    public void What_is_not_said_is_as_the_specification_has_it()
    {
        var settings = Read(null, "");

        Assert.Equal(TimeSpan.FromSeconds(10), settings.Timeout);
        Assert.False(settings.Compresses);
        Assert.Equal((16_384, 512), (settings.QueueSize, settings.BatchSize)); // but for the queue, see there
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30)), (settings.ScheduleDelay, settings.ExportTimeout));
        Assert.Same(SpanSampler.Default, settings.Sampler);
        Assert.Equal((null, false), (settings.ServiceName, settings.IsDisabled));
        Assert.Empty(settings.ResourceAttributes);
    }

    [Fact]
    public void All_else_is_heeded()
    {
        var settings = Read(null, "OTEL_EXPORTER_OTLP_TIMEOUT=2500 OTEL_EXPORTER_OTLP_TRACES_COMPRESSION=gzip OTEL_SERVICE_NAME=shop " +
            "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test,k=%C3%A9 OTEL_BSP_MAX_QUEUE_SIZE=100 OTEL_BSP_SCHEDULE_DELAY=0 " +
            "OTEL_BSP_EXPORT_TIMEOUT=1 OTEL_SDK_DISABLED=True OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS=GET,PURGE");

        Assert.Equal(TimeSpan.FromMilliseconds(2500), settings.Timeout);
        Assert.True(settings is { Compresses: true, ServiceName: "shop", IsDisabled: true });
        Assert.Equal([new("deployment.environment.name", "test"), new("k", "\u00e9")], settings.ResourceAttributes);
        Assert.Equal((100, 100), (settings.QueueSize, settings.BatchSize)); // no batch is larger than the queue
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromMilliseconds(1)), (settings.ScheduleDelay, settings.ExportTimeout));
        Assert.Equal(["GET", "PURGE"], settings.KnownMethods.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("collector", "", "--otlp: 'collector' is no URL")]
    [InlineData("collector:4318", "", "--otlp: 'collector:4318' is no URL")]
    [InlineData("ftp://c", "", "--otlp: 'ftp://c' is no URL")]
    [InlineData("http://user:pw@c", "", "--otlp: no user's name or password")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_ENDPOINT=c:4318", "OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4318' is no URL")]
    [InlineData("unix:///run/x", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "is no address")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' is no protocol that l7trace speaks")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_TIMEOUT=10s", "OTEL_EXPORTER_OTLP_TIMEOUT: '10s' is not a number of milliseconds above zero")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=0", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '0'")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_COMPRESSION=zstd", "OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd'")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_CERTIFICATE=/no/such/file", "OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such/file' is no file")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_CLIENT_KEY=/etc/hostname", "OTEL_EXPORTER_OTLP_CLIENT_KEY needs a certificate")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_INSECURE=yes OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_INSECURE: 'yes' is neither true nor false")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_HEADERS=key-bin=1", "OTEL_EXPORTER_OTLP_HEADERS: 'key-bin' can't be gRPC's metadata")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_HEADERS=grpc-timeout=1", "'grpc-timeout' can't be gRPC's metadata")]
    [InlineData(null, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_HEADERS=a!b=1", "'a!b' can't be gRPC's metadata")]
    [InlineData(null, "OTEL_SDK_DISABLED=1", "OTEL_SDK_DISABLED: '1' is neither true nor false")]
    [InlineData(null, "OTEL_BSP_MAX_QUEUE_SIZE=0", "OTEL_BSP_MAX_QUEUE_SIZE: '0' is not a number from 1 to 10000000")]
    [InlineData(null, "OTEL_BSP_MAX_QUEUE_SIZE=10 OTEL_BSP_MAX_EXPORT_BATCH_SIZE=11", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: 11 is more than the queue holds")]
    [InlineData(null, "OTEL_BSP_SCHEDULE_DELAY=-1", "OTEL_BSP_SCHEDULE_DELAY: '-1'")]
    [InlineData(null, "OTEL_TRACES_SAMPLER=jaeger_remote", "OTEL_TRACES_SAMPLER: 'jaeger_remote' is no sampler that l7trace has")]
    [InlineData(null, "OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=2", "OTEL_TRACES_SAMPLER_ARG: '2' is not a ratio from 0 to 1")]
    [InlineData(null, "OTEL_TRACES_SAMPLER=parentbased_traceidratio OTEL_TRACES_SAMPLER_ARG=NaN", "OTEL_TRACES_SAMPLER_ARG: 'NaN'")]
    public void What_can_not_be_meant_is_said(string? option, string variables, string message) =>
        Assert.Contains(message, Assert.Throws<OtlpConfigurationException>(() => Read(option, variables)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=5esame")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=a=ok,5esame")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=a=5esame%0d%0aInjected:1")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=a\u00e9=5esame")]
    public void An_error_in_the_headers_does_not_repeat_what_may_be_a_credential(string variables)
    {
        var message = Assert.Throws<OtlpConfigurationException>(() => Read(null, variables)).Message;

        Assert.StartsWith("OTEL_EXPORTER_OTLP_HEADERS", message, StringComparison.Ordinal);
        Assert.DoesNotContain("5esame", message, StringComparison.Ordinal);
    }

    internal static OtlpSettings Read(string? option, string variables)
    {
        var set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(static pair => pair.Split('=')[0], static pair => pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        return OtlpEnvironment.Read(option, name => set.GetValueOrDefault(name));
    }
}
