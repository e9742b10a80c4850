// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;

namespace L7Trace.UnitTests.Fixtures;

/// <summary>
/// What client and server themselves say about a session (truth.jsonl), held against its exchanges: connection for connection
/// and in order. Of a session that lacks something, each exchange that is there must be one of theirs, with equal facts.
/// </summary>
internal static class FixtureTruth
{
    private static readonly string[] s_names = ["mysql.command", "db.query.text", "http.request.method", "url.path"];

    public static IEnumerable<string> Contradictions(IReadOnlyList<JsonObject> truth, IReadOnlyList<JsonObject> exchanges)
    {
        var isPartial = truth.Count > 0 && truth[0].ContainsKey("partial");
        var told = truth.Skip(isPartial ? 1 : 0).GroupBy(Connection).ToDictionary(static x => x.Key, static x => x.ToList());
        var found = exchanges.GroupBy(Connection).ToDictionary(static x => x.Key, static x => x.ToList());
        foreach (var connection in told.Keys.Union(found.Keys).Order(StringComparer.Ordinal))
        {
            var facts = told.GetValueOrDefault(connection) ?? [];
            var shown = found.GetValueOrDefault(connection) ?? [];
            if (!isPartial && facts.Count != shown.Count)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{connection}: {facts.Count} exchanges took place, {shown.Count} are shown");
            }

            var at = 0;
            foreach (var exchange in shown)
            {
                if (isPartial && (exchange["mysql.command"]?.GetValue<string>() is "Unknown" || !s_names.Any(exchange.ContainsKey)))
                {
                    continue; // an answer alone: it claims no question that it could be the wrong one of
                }

                var next = at;
                while (isPartial && next < facts.Count && Different(facts[next], exchange, isPartial, s_names) is not null)
                {
                    next++;
                }

                if (next >= facts.Count)
                {
                    yield return $"{connection}: shown, and it did not take place there: {FixtureSession.Text(exchange)}";
                    continue;
                }

                if (Different(facts[next], exchange, isPartial, [.. facts[next].Select(static x => x.Key)]) is { } field)
                {
                    yield return $"{connection}: {field} is {exchange[field]?.ToJsonString() ?? "missing"}, the truth is " +
                        $"{facts[next][field]!.ToJsonString()}, in {FixtureSession.Text(exchange)}";
                }

                if (exchange["mysql.returned_rows.lower_bound"]?.GetValue<long>() > facts[next]["db.response.returned_rows"]?.GetValue<long>())
                {
                    yield return $"{connection}: more rows are said to be the least than there were: {FixtureSession.Text(exchange)}";
                }

                at = next + 1;
            }
        }
    }

    private static string Connection(JsonObject line) => line["connection"]!.GetValue<string>();

    // The first of these fields that the exchange has and that is another one; of a whole session it must have it.
    private static string? Different(JsonObject fact, JsonObject exchange, bool isPartial, IReadOnlyList<string> fields)
    {
        foreach (var name in fields)
        {
            var isThere = exchange.ContainsKey(name);
            if (!fact.ContainsKey(name) || (isPartial && !isThere) || (name == "db.query.text" && exchange.ContainsKey("db.query.missing_bytes")))
            {
                continue;
            }

            if (!isThere || !JsonNode.DeepEquals(fact[name], exchange[name]))
            {
                return name;
            }
        }

        return null;
    }
}
