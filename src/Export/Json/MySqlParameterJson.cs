// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Json;

/// <summary>
/// Bound values as OpenTelemetry's db.query.parameter.&lt;key&gt;: the key is the place among the statement's markers,
/// from 0, or the name of a query attribute. Values are strings; SQL's NULL is JSON's null.
/// </summary>
internal static class MySqlParameterJson
{
    public const string Prefix = "db.query.parameter.";

    private static readonly JsonEncodedText[] s_places =
        [.. Enumerable.Range(0, 64).Select(i => Name(i.ToString(CultureInfo.InvariantCulture)))];

    public static void Write(JsonLine json, MySqlExchange exchange)
    {
        var parameters = exchange.Parameters!;
        var cut = 0;
        var values = exchange.BatchSize is > 1 ? [] : parameters.Values; // of many rows no one row's
        for (var i = 0; i < values.Count; i++)
        {
            cut += Write(json, i < s_places.Length ? s_places[i] : Name(i.ToString(CultureInfo.InvariantCulture)), values[i]);
        }

        if (parameters.Attributes.Count > 0)
        {
            var written = new HashSet<string>(StringComparer.Ordinal);
            foreach (var attribute in parameters.Attributes)
            {
                var name = attribute.Name is { Length: > 0 } given ? given : "attribute";
                var isPlace = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place < values.Count;
                if (!isPlace && written.Add(name))
                {
                    cut += Write(json, Name(name), attribute);
                }
            }
        }

        if (cut > 0)
        {
            json.WriteNumber(JsonNames.MySqlParametersCut, cut);
        }
    }

    private static int Write(JsonLine json, JsonEncodedText name, MySqlParameter value)
    {
        switch (value.State)
        {
            case MySqlParameterState.NotCaptured:
                return 1;
            case MySqlParameterState.Null:
                json.WriteNull(name);
                return 0;
            default:
                JsonText.Write(json, name, value.ToString());
                return value.IsCut ? 1 : 0;
        }
    }

    private static JsonEncodedText Name(string key) => JsonEncodedText.Encode(Prefix + key);
}
