// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using L7Trace.Export;
using L7Trace.Export.Otlp;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Otlp.Spans;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Export.Otlp.SpanTestCase;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>The tables of docs/opentelemetry.md have what there is, and no more.</summary>
public sealed class OpenTelemetryPageTests
{
    private static readonly string s_page = Repository.Read("docs/opentelemetry.md");

    [Fact]
    public void The_table_of_attributes_has_those_of_spans()
    {
        var cut = Timed(new MySqlExchange { Connection = Connection(EndpointRole.Server, 3307), StatementText = "SELECT 1", Schema = "s", ErrorCode = 1, BatchSize = 2 });
        cut.Completeness = new Completeness(CompletenessKind.Truncated, 1);
        var bound = Timed(new MySqlExchange
        {
            Connection = Connection(EndpointRole.Client, 3306),
            Command = MySqlCommand.StatementExecute,
            StatementText = "SELECT ?",
            Parameters = new MySqlParameters([new MySqlParameter { State = MySqlParameterState.Null }], []),
        });
        var written = new[]
        {
            Of(cut), Of(bound, Redaction.Off), Of(Timed(new MySqlExchange { Connection = Connection(EndpointRole.Client, 3306), Command = MySqlCommand.Ping })),
            Of(Http(EndpointRole.Client), routes: "/a"), Of(Http(EndpointRole.Server), routes: "/a"),
            Of(Grpc(EndpointRole.Client)), Of(Grpc(EndpointRole.Server)),
        }.SelectMany(static span => span.Attributes).Select(static x => Regex.Replace(x.Key, @"^(db\.query\.parameter\.).*", "$1<key>"));

        Assert.Equal(written.Distinct().Order(StringComparer.Ordinal), Rows("## Attributes", "attribute", 0).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_table_of_Resources_has_theirs()
    {
        var resource = new ProcessResource(OtlpEnvironmentTests.Read(null, ""), Redaction.Off).Of(new TracedProcess
        {
            ProcessId = 1,
            ExecutableName = "a",
            ExecutablePath = "/a",
            Arguments = ["a"],
            CreationTime = DateTimeOffset.UnixEpoch,
            ContainerId = "c",
            HostName = "h",
        });

        Assert.Equal(resource.Attributes.Select(static x => x.Key), Rows("## Attributes", "attribute", 1));
    }

    [Fact]
    public void The_table_of_variables_has_those_that_are_read()
    {
        var read = new HashSet<string>();
        OtlpEnvironment.Read(null, name =>
        {
            read.Add(name);
            return name switch
            {
                "OTEL_EXPORTER_OTLP_PROTOCOL" => "grpc",
                "OTEL_TRACES_SAMPLER" => "traceidratio",
                _ => null,
            };
        });

        Assert.Equal(read.Order(StringComparer.Ordinal), Rows("## Variables", "variable", 0).Order(StringComparer.Ordinal));
    }

    // All names in the first column of the nth table of that head behind a heading.
    private static string[] Rows(string heading, string head, int number)
    {
        var part = s_page.Split(heading)[1].Split("\n## ")[0];
        var table = part.Split($"| {head} |")[number + 1].Split("\n\n")[0];
        return [.. table.Split('\n').Where(static line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(static line => Regex.Matches(line.Split(" | ")[0], "`([^`]+)`").Select(static match => match.Groups[1].Value))];
    }

    private static HttpExchange Http(EndpointRole role) => Timed(new HttpExchange(Protocol.Http1)
    {
        Connection = Connection(role, 80),
        Method = "PURGE",
        Path = "/a",
        Query = "b=c",
        Host = "h",
        Version = "1.1",
        UserAgent = "u",
        StatusCode = 500,
    });

    private static HttpExchange Grpc(EndpointRole role) => Timed(new HttpExchange(Protocol.Http2)
    {
        Connection = Connection(role, 80),
        Method = "POST",
        Path = "/a.B/C",
        Host = "h",
        StatusCode = 200,
        Grpc = new GrpcCall { Method = "a.B/C", StatusCode = 12 },
    });
}
