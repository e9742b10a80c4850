// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Fields;

/// <summary>
/// Bound values as OpenTelemetry's db.query.parameter.&lt;key&gt;: the key is the place among the statement's markers,
/// from 0, or the name of a query attribute. Values are text; SQL's NULL is null.
/// </summary>
internal static class MySqlParameterMembers
{
    /// <summary>The values that were captured, in their order; null when there are no parameters.</summary>
    public static IReadOnlyList<KeyValuePair<string, string?>>? Of(MySqlExchange exchange)
    {
        if (exchange.Parameters is null)
        {
            return null;
        }

        var members = new List<KeyValuePair<string, string?>>();
        foreach (var (key, value) in Named(exchange))
        {
            if (value.State != MySqlParameterState.NotCaptured)
            {
                members.Add(new(key, value.State == MySqlParameterState.Null ? null : value.ToString()));
            }
        }

        return members;
    }

    /// <summary>How many were captured in part or not at all; null when none.</summary>
    public static long? CutOf(MySqlExchange exchange)
    {
        var cut = exchange.Parameters is null ? 0 : Named(exchange).Count(static named => named.Value.State switch
        {
            MySqlParameterState.NotCaptured => true,
            MySqlParameterState.Null => false,
            _ => named.Value.IsCut,
        });
        return cut > 0 ? cut : null;
    }

    /// <summary>Bytes of values that are cut and not shown; null when there are none, or when a value's length is not known.</summary>
    public static long? MissingBytesOf(MySqlExchange exchange)
    {
        var missing = 0L;
        foreach (var (_, value) in exchange.Parameters is null ? [] : Named(exchange))
        {
            if (value.State == MySqlParameterState.NotCaptured)
            {
                return null;
            }

            // A character that is cut is not shown either.
            missing += !value.IsCut ? 0 : value.Length - (value.Text is { } text ? Encoding.UTF8.GetByteCount(text) : value.Bytes.Length);
        }

        return missing > 0 ? missing : null;
    }

    private static IEnumerable<(string Key, MySqlParameter Value)> Named(MySqlExchange exchange)
    {
        var values = exchange.BatchSize is > 1 ? [] : exchange.Parameters!.Values; // of many rows no one row's
        for (var i = 0; i < values.Count; i++)
        {
            yield return (i.ToString(CultureInfo.InvariantCulture), values[i]);
        }

        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var attribute in exchange.Parameters!.Attributes)
        {
            var name = attribute.Name is { Length: > 0 } given ? given : "attribute";
            var isPlace = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place < values.Count;
            if (!isPlace && named.Add(name))
            {
                yield return (name, attribute);
            }
        }
    }
}
