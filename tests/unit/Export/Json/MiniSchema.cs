// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace L7Trace.UnitTests.Export.Json;

/// <summary>
/// As much of JSON Schema (draft 2020-12) as docs/json.schema.json uses. A keyword that is not known here is an error,
/// so that the schema can't say something that nobody checks.
/// </summary>
internal sealed class MiniSchema(JsonElement root)
{
    private static readonly string[] s_known =
    [
        "$schema", "$defs", "$ref", "title", "description", "type", "required", "properties", "patternProperties",
        "additionalProperties",
        "enum", "const", "oneOf", "minimum", "maximum", "minLength", "pattern", "format", "items",
    ];

    /// <summary>What is wrong with a value; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate(JsonElement value)
    {
        var errors = new List<string>();
        Check(root, value, "$", errors);
        return errors;
    }

    private void Check(JsonElement schema, JsonElement value, string path, List<string> errors)
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            if (!s_known.Contains(keyword.Name))
            {
                throw new NotSupportedException($"schema keyword {keyword.Name} at {path}");
            }

            switch (keyword.Name)
            {
                case "$ref":
                    Check(Resolve(keyword.Value.GetString()!), value, path, errors);
                    break;
                case "oneOf":
                    CheckOneOf(keyword.Value, value, path, errors);
                    break;
                case "required":
                    errors.AddRange(keyword.Value.EnumerateArray().Select(x => x.GetString()!)
                        .Where(name => !value.TryGetProperty(name, out _)).Select(name => $"{path}: {name} is missing"));
                    break;
                case "items" when value.ValueKind == JsonValueKind.Array:
                    foreach (var item in value.EnumerateArray())
                    {
                        Check(keyword.Value, item, path + "[]", errors);
                    }

                    break;
                case "properties":
                    CheckProperties(schema, keyword.Value, value, path, errors);
                    break;
                default:
                    if (!Holds(keyword.Name, keyword.Value, value))
                    {
                        errors.Add($"{path}: {value.GetRawText()} breaks {keyword.Name} {keyword.Value.GetRawText()}");
                    }

                    break;
            }
        }
    }

    private JsonElement Resolve(string reference) =>
        root.GetProperty("$defs").GetProperty(reference["#/$defs/".Length..]);

    private void CheckOneOf(JsonElement alternatives, JsonElement value, string path, List<string> errors)
    {
        var results = new List<List<string>>();
        foreach (var alternative in alternatives.EnumerateArray())
        {
            var own = new List<string>();
            Check(alternative, value, path, own);
            results.Add(own);
        }

        if (results.Count(static own => own.Count == 0) != 1)
        {
            errors.AddRange(results.MinBy(static own => own.Count)!.DefaultIfEmpty($"{path}: fits several alternatives"));
        }
    }

    private void CheckProperties(
        JsonElement schema, JsonElement properties, JsonElement value, string path, List<string> errors)
    {
        var patterns = schema.TryGetProperty("patternProperties", out var named) ? named.EnumerateObject().ToArray() : [];
        var closed = schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.False;
        foreach (var field in value.EnumerateObject())
        {
            if (properties.TryGetProperty(field.Name, out var own))
            {
                Check(own, field.Value, $"{path}.{field.Name}", errors);
            }
            else if (patterns.Where(x => Regex.IsMatch(field.Name, x.Name)).ToArray() is [var pattern, ..])
            {
                Check(pattern.Value, field.Value, $"{path}.{field.Name}", errors);
            }
            else if (closed)
            {
                errors.Add($"{path}: {field.Name} is not known");
            }
        }
    }

    private static bool Holds(string keyword, JsonElement argument, JsonElement value) => keyword switch
    {
        "type" => argument.GetString() switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "string" => value.ValueKind == JsonValueKind.String,
            "array" => value.ValueKind == JsonValueKind.Array,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "integer" => value.ValueKind == JsonValueKind.Number && decimal.TryParse(
                value.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            "number" => value.ValueKind == JsonValueKind.Number,
            var other => throw new NotSupportedException($"schema type {other}"),
        },
        "const" => JsonElement.DeepEquals(argument, value),
        "enum" => argument.EnumerateArray().Any(x => JsonElement.DeepEquals(x, value)),
        "minimum" => value.GetDecimal() >= argument.GetDecimal(),
        "maximum" => value.GetDecimal() <= argument.GetDecimal(),
        "minLength" => value.GetString()!.Length >= argument.GetInt32(),
        "pattern" => Regex.IsMatch(value.GetString()!, argument.GetString()!),
        "format" => argument.GetString() == "date-time"
            && Regex.IsMatch(value.GetString()!, @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$"),
        _ => true, // annotations, and additionalProperties, which CheckProperties reads
    };
}
