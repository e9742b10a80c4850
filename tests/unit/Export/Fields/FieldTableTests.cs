// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.Export;
using L7Trace.Export.Fields;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export.Fields;

/// <summary>The table of fields against the page and the schema: what a new field needs is named by what fails here.</summary>
public sealed class FieldTableTests
{
    [Fact]
    public void The_page_has_the_row_of_every_field_in_the_order_of_the_table()
    {
        var page = Repository.Read("docs/json.md").Split("\n## ").Single(part => part.StartsWith("`exchange`", StringComparison.Ordinal));
        var rows = page.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();

        // The message of a failure is the row to put there, or to take away.
        Assert.True(ExchangeFields.All.Select(RowOf).All(rows.Contains),
            "docs/json.md lacks:\n" + string.Join('\n', ExchangeFields.All.Select(RowOf).Except(rows)));
        Assert.True(rows.All(ExchangeFields.All.Select(RowOf).Contains),
            "docs/json.md has what no field is:\n" + string.Join('\n', rows.Except(ExchangeFields.All.Select(RowOf))));
        Assert.Equal(ExchangeFields.All.Select(RowOf), rows);
    }

    [Fact]
    public void The_schema_has_every_field_with_its_type_and_no_other()
    {
        var schema = JsonDocument.Parse(Repository.Read("docs/json.schema.json")).RootElement.GetProperty("$defs").GetProperty("exchange");
        var properties = schema.GetProperty("properties");
        Assert.Equal(
            ExchangeFields.All.Where(field => field.Members is not null).Select(field =>
                "^" + field.Name[..^ExchangeField.MemberMark.Length].Replace(".", "\\.", StringComparison.Ordinal)),
            schema.GetProperty("patternProperties").EnumerateObject().Select(pattern => pattern.Name));

        Assert.Empty(properties.EnumerateObject().Select(property => property.Name).Except(ExchangeFields.All.Select(field => field.Name)));
        foreach (var field in ExchangeFields.All.Where(field => field.Members is null))
        {
            Assert.True(properties.TryGetProperty(field.Name, out var property), $"docs/json.schema.json lacks {field.Name} of the exchange");
            Assert.Equal((field.Name, TypeOf(field)), (field.Name, property.GetProperty("type").GetString()));
            if ((field.Kind == FieldKind.List ? property.GetProperty("items") : property).TryGetProperty("enum", out var words))
            {
                Assert.Equal(field.Words, words.EnumerateArray().Select(word => word.GetString()!));
            }
            else if (field.Words.Count > 0)
            {
                Assert.Equal(field.Words, [property.GetProperty("const").GetString()!]);
            }
        }
    }

    [Fact]
    public void Every_field_is_found_by_its_name_and_a_duration_also_without_its_unit()
    {
        Assert.Equal(ExchangeFields.All.Count, ExchangeFields.All.Select(field => field.Name).Distinct().Count());
        Assert.All(ExchangeFields.All, field => Assert.Same(field, ExchangeFields.Find(field.Name)));
        Assert.All(ExchangeFields.All.Where(field => field.ShortName is not null), field => Assert.Same(field, ExchangeFields.Find(field.ShortName!)));
        Assert.Equal(
            ["duration", "age", "time_to_first_byte", "idle", "server.duration", "http.upload", "http.wait", "http.download"],
            ExchangeFields.All.Select(field => field.ShortName).OfType<string>().Take(8));
        Assert.Null(ExchangeFields.Find("Duration"));
        Assert.Null(ExchangeFields.Find(""));
    }

    [Fact]
    public void Words_are_all_that_a_field_of_words_ever_says()
    {
        var context = new FieldContext(Redaction.Default);
        foreach (var role in Enum.GetValues<EndpointRole>())
        {
            foreach (var state in Enum.GetValues<ExchangeState>())
            {
                var exchange = Some.Query("SELECT 1", connection: new ConnectionInfo { Id = new(1), Role = role });
                exchange.State = state;
                foreach (var field in ExchangeFields.All.Where(field => field.Kind == FieldKind.Word))
                {
                    if (field.TryText(context, exchange, new char[ExchangeField.BufferSize], out var text))
                    {
                        Assert.Contains(text.ToString(), field.Words);
                    }
                }
            }
        }
    }

    private static string RowOf(ExchangeField field)
    {
        var type = field.Kind == FieldKind.List ? "array of strings"
            : field.Words.Count > 0 ? string.Join(", ", field.Words.Select(word => $"`{word}`"))
            : field.Name == "v" ? "`1`"
            : field.Name.StartsWith("db.query.parameter.", StringComparison.Ordinal) ? "string, or `null` for NULL"
            : field.WritesTrueOnly ? "`true`"
            : TypeOf(field);
        return $"| `{field.Name}` | {type} | {field.Unit} | {field.Present} | {field.Origin} |";
    }

    private static string TypeOf(ExchangeField field) => field.Kind switch
    {
        FieldKind.Integer or FieldKind.Bytes or FieldKind.Duration => "integer",
        FieldKind.Boolean => "boolean",
        FieldKind.List => "array",
        _ => "string",
    };
}
