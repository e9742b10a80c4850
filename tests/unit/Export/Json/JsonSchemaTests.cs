// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.RegularExpressions;
using L7Trace.Export;
using L7Trace.Export.Otlp;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Export.Json.JsonSamples;

namespace L7Trace.UnitTests.Export.Json;

/// <summary>The lines, their schema and their page say the same.</summary>
public sealed class JsonSchemaTests
{
    private static readonly MiniSchema s_schema =
        new(JsonDocument.Parse(Repository.Read("docs/json.schema.json")).RootElement);

    [Fact]
    public void Every_kind_of_record_obeys_the_schema()
    {
        foreach (var redaction in Redactions)
        {
            foreach (var exchange in Samples())
            {
                AssertValid(Line(exchange, redaction));
            }
        }

        var losses = EveryLoss();
        AssertValid(Written(writer => writer.WriteLoss(Some.Epoch, losses)));
        AssertValid(Written(writer => writer.WriteMark("7", Some.Epoch, 5, 0, new LossCounts())));
        AssertValid(Written(writer => writer.WriteMark("a-b", Some.Epoch, 5, 3, losses)));
        AssertValid(Written(writer => writer.WriteSummary(new TraceSummary { End = Some.Epoch, Losses = losses, Spans = new SpanCounts { Sent = 7 } })));
        AssertValid(Written(writer => writer.WriteSummary(new TraceSummary())));
        Assert.All(Groups(), AssertValid);
        Assert.All(StatementReports(), AssertValid);
    }

    [Fact]
    public void The_samples_together_have_every_field_of_the_schema()
    {
        var lines = Redactions.SelectMany(redaction => Samples().Select(exchange => Line(exchange, redaction)))
            .Concat(Groups())
            .Concat(StatementReports())
            .Append(Written(writer => writer.WriteLoss(Some.Epoch, EveryLoss())))
            .Append(Written(writer => writer.WriteMark("7", Some.Epoch, 5, 0, EveryLoss())))
            .Append(Written(writer => writer.WriteSummary(new TraceSummary { Losses = EveryLoss(), Spans = new SpanCounts() })));
        var written = lines.SelectMany(FieldsOf).ToHashSet();

        Assert.Empty(FieldsOfSchema().Except(written));
        Assert.All(PatternsOfSchema(), pattern => Assert.Contains(written, name => Regex.IsMatch(name, pattern)));
    }

    [Fact]
    public void The_schema_refuses_an_unknown_field()
    {
        var line = Line(Full()).Replace("\"tls\":", "\"surprise\":1,\"tls\":", StringComparison.Ordinal);

        var error = Assert.Single(s_schema.Validate(JsonDocument.Parse(line).RootElement));
        Assert.Contains("surprise is not known", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"state\":\"done\"", "\"state\":\"finished\"")]
    [InlineData("\"duration_ns\":1000000", "\"duration_ns\":1.5")]
    [InlineData("\"duration_ns\":1000000", "\"duration_ns\":-1")]
    [InlineData("\"client.port\":50000", "\"client.port\":70000")]
    [InlineData("\"tls\":false", "\"tls\":null")]
    [InlineData(",\"tls\":false", "")]
    [InlineData("\"v\":1", "\"v\":2")]
    [InlineData("20.000000000Z", "20Z")]
    public void The_schema_refuses_a_wrong_value(string right, string wrong)
    {
        var line = Line(Full());
        Assert.Contains(right, line, StringComparison.Ordinal);

        Assert.NotEmpty(s_schema.Validate(JsonDocument.Parse(line.Replace(right, wrong, StringComparison.Ordinal)).RootElement));
    }

    [Fact]
    public void The_page_has_a_row_for_every_field_and_no_other()
    {
        var rows = Repository.Read("docs/json.md").Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1])
            .ToHashSet();

        Assert.Equal(FieldsOfSchema().Concat(PatternsOfSchema().Select(NameOf)).Order(), rows.Order());
        static string NameOf(string pattern) => pattern.TrimStart('^').Replace("\\", "", StringComparison.Ordinal) + "<name>";
    }

    internal static void AssertValid(string line) => Assert.Empty(s_schema.Validate(JsonDocument.Parse(line).RootElement));

    private static IEnumerable<string> FieldsOf(string line) => FieldsOf(JsonDocument.Parse(line).RootElement);

    private static IEnumerable<string> FieldsOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(field => FieldsOf(field.Value).Prepend(field.Name)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(FieldsOf),
        _ => [],
    };

    private static HashSet<string> FieldsOfSchema() =>
        JsonDocument.Parse(Repository.Read("docs/json.schema.json")).RootElement.GetProperty("$defs").EnumerateObject()
            .SelectMany(record => record.Value.GetProperty("properties").EnumerateObject())
            .Select(property => property.Name).ToHashSet();

    private static IEnumerable<string> PatternsOfSchema() =>
        JsonDocument.Parse(Repository.Read("docs/json.schema.json")).RootElement.GetProperty("$defs").EnumerateObject()
            .Where(record => record.Value.TryGetProperty("patternProperties", out _))
            .SelectMany(record => record.Value.GetProperty("patternProperties").EnumerateObject())
            .Select(property => property.Name).Distinct();
}
