// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json;
using L7Trace.Export.Fields;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Json;

/// <summary>Reads back what <see cref="MySqlParameterMembers"/> gave. Types are gone: numbers come back as text that is one.</summary>
internal static class MySqlParameterFields
{
    private const string Prefix = "db.query.parameter.";

    public static MySqlParameters? Read(JsonElement record)
    {
        List<MySqlParameter>? values = null;
        List<MySqlParameter>? attributes = null;
        var isWhole = !record.TryGetProperty("mysql.parameters.cut", out _);
        foreach (var field in record.EnumerateObject())
        {
            if (!field.Name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            var key = field.Name[Prefix.Length..];
            var isPlace = int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var place);
            if (isPlace && place == (values?.Count ?? 0))
            {
                (values ??= []).Add(ValueOf(field.Value, null));
            }
            else if (!isPlace)
            {
                (attributes ??= []).Add(ValueOf(field.Value, key));
            }
        }

        return isWhole && (values is not null || attributes is not null)
            ? new MySqlParameters(values ?? [], attributes ?? [])
            : null;
    }

    private static MySqlParameter ValueOf(JsonElement value, string? name)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return new MySqlParameter(MySqlFieldType.Null, false, MySqlParameterState.Null, default, 0, name);
        }

        var text = Encoding.UTF8.GetBytes(value.GetString()!);
        return new MySqlParameter(MySqlFieldType.NewDecimal, false, MySqlParameterState.Value, text, text.Length, name);
    }
}
