// SPDX-License-Identifier: Apache-2.0
using System.Collections.Frozen;

namespace L7Trace.Export.Fields;

/// <summary>
/// Every field of an exchange, in the order in which the JSON lines have them. A new field is one line in
/// <see cref="CommonFields"/>, <see cref="MySqlFields"/>, <see cref="HttpFields"/> or <see cref="WebSocketFields"/>; a unit test names the row of
/// docs/json.md and the property of the schema that it needs.
/// </summary>
public static class ExchangeFields
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ExchangeField> All { get; } = [.. CommonFields.Head, .. CommonFields.All, .. MySqlFields.All, .. HttpFields.All, .. WebSocketFields.All];

    private static readonly FrozenDictionary<string, ExchangeField> s_byName = All
        .SelectMany(static field => field.ShortName is null
            ? (KeyValuePair<string, ExchangeField>[])[new(field.Name, field)]
            : [new(field.Name, field), new(field.ShortName, field)])
        .ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly ExchangeField[] s_families = [.. All.Where(static field => field.Members is not null)];

    /// <summary>Every name and short name.</summary>
    public static IEnumerable<string> Names => All.Select(static known => known.ShortName).OfType<string>()
        .Concat(All.Select(static known => known.Name));

    /// <summary>The field of a name or short name; null when there is none.</summary>
    public static ExchangeField? Find(string name) =>
        s_byName.GetValueOrDefault(name) ?? s_families.Select(family => family.Member(name)).FirstOrDefault(static member => member is not null);
}
