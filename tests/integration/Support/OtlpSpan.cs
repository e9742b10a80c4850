// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;

namespace L7Trace.IntegrationTests.Support;

/// <summary>A span as a receiver read it.</summary>
internal sealed record OtlpSpan(JsonElement Json, JsonElement Owner, JsonElement ScopeSpans)
{
    public string Name => Text(Json, "name")!;

    public string Kind => Text(Json, "kind")!["SPAN_KIND_".Length..];

    public string TraceId => Text(Json, "traceId")!;

    public string SpanId => Text(Json, "spanId")!;

    public string? ParentId => Text(Json, "parentSpanId");

    public string? State => Text(Json, "traceState");

    public long Flags => Json.GetProperty("flags").GetInt64();

    public ulong Start => ulong.Parse(Text(Json, "startTimeUnixNano")!, CultureInfo.InvariantCulture);

    public ulong End => ulong.Parse(Text(Json, "endTimeUnixNano")!, CultureInfo.InvariantCulture);

    /// <summary>"ERROR" and so on, with its message behind a blank; null for unset.</summary>
    public string? Status => Json.TryGetProperty("status", out JsonElement status)
        ? (Text(status, "code")!["STATUS_CODE_".Length..] + " " + Text(status, "message")).TrimEnd()
        : null;

    /// <summary>Sorted lines name=value; text in quotes, so that a number and its digits differ.</summary>
    public IReadOnlyList<string> Attributes => Lines(Json);

    public IReadOnlyList<string> Resource => Lines(Owner.GetProperty("resource"));

    public string Scope => $"{Text(ScopeSpans.GetProperty("scope"), "name")} {Text(ScopeSpans.GetProperty("scope"), "version")}";

    public IReadOnlyList<string?> Schemas => [Text(Owner, "schemaUrl"), Text(ScopeSpans, "schemaUrl")];

    public static IEnumerable<OtlpSpan> Of(JsonElement request) =>
        from owner in request.GetProperty("resourceSpans").EnumerateArray()
        from scope in owner.GetProperty("scopeSpans").EnumerateArray()
        from span in scope.GetProperty("spans").EnumerateArray()
        select new OtlpSpan(span, owner, scope);

    /// <summary>An attribute as in <see cref="Attributes"/>; null for none.</summary>
    public string? this[string name] =>
        Attributes.Where(x => x.StartsWith(name + "=", StringComparison.Ordinal)).Select(x => x[(name.Length + 1)..]).SingleOrDefault();

    public override string ToString() => $"{Kind} {Name} {Status}\n  {string.Join("\n  ", Attributes)}";

    private static string? Text(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement found) ? found.GetString() : null;

    private static string[] Lines(JsonElement owner) => [.. owner.GetProperty("attributes").EnumerateArray()
        .Select(x => $"{Text(x, "key")}={Value(x.GetProperty("value"))}").Order(StringComparer.Ordinal)];

    private static string Value(JsonElement value) => value.EnumerateObject().Single() switch
    {
        { Name: "stringValue" } text => $"\"{text.Value.GetString()}\"",
        { Name: "intValue" } number => number.Value.GetString()!,
        var other => $"? {other}",
    };
}
